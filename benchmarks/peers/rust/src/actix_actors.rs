//! actix: actors on threads ("arbiters") of their own.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix::prelude::*;
use tokio::sync::mpsc::UnboundedSender;

use crate::measure::*;

const NAME: &str = "actix 0.13.5";

pub fn measure(plan: &Plan) {
    // First: freed memory of other measurements would be used again.
    if plan.wants("P7") {
        let count = plan.sized(100_000);
        let idle = while_pinned(|| System::new().block_on(idle_actors(count)));
        print_idle_actors(NAME, &idle, count);
    }
    if plan.wants("P1") {
        let messages = plan.sized(1_000_000);
        let elapsed = on_pinned_thread(move || {
            System::new().block_on(async {
                ping_pong(messages / 10).await;
                ping_pong(messages).await
            })
        });
        // do_send ignores the bound; try_send would cost no less.
        print_ns("P1", "ping_pong", NAME, ns_each(messages, elapsed), false);
    }
    if plan.wants("P2") {
        print_stream("P2", NAME, 1, stream(1, plan.sized(1_000_000)), false);
    }
    if plan.wants("P3") {
        print_stream("P3", NAME, 2, stream(2, plan.sized(1_000_000)), false);
    }
    if plan.wants("P8") {
        let count = plan.sized(10_000);
        let samples = on_pinned_thread(move || System::new().block_on(failures(count)));
        let note =
            "by hand: the mailbox and all addresses are new; its Supervisor catches no panics";
        print_failures(NAME, note, samples);
    }
    if plan.wants("P15") {
        let asks = plan.sized(1_000_000);
        let elapsed = on_pinned_thread(move || {
            System::new().block_on(async {
                ask(asks / 10).await;
                ask(asks).await
            })
        });
        print_ns("P15", "ask_one_worker", NAME, ns_each(asks, elapsed), false);
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Ball(#[allow(dead_code)] Payload64);

#[derive(Message)]
#[rtype(result = "()")]
struct Peer(Recipient<Ball>);

/// Sends each message on until none is left.
struct Player {
    left: usize,
    peer: Option<Recipient<Ball>>,
    done: Option<UnboundedSender<()>>,
}

impl Actor for Player {
    type Context = Context<Self>;
}

impl Handler<Peer> for Player {
    type Result = ();
    fn handle(&mut self, peer: Peer, _: &mut Context<Self>) {
        self.peer = Some(peer.0);
    }
}

impl Handler<Ball> for Player {
    type Result = ();
    fn handle(&mut self, ball: Ball, _: &mut Context<Self>) {
        self.left -= 1;
        if self.left > 0 {
            self.peer.as_ref().expect("a peer").do_send(ball);
        } else if let Some(done) = &self.done {
            done.send(()).expect("the measurement waits");
        }
    }
}

async fn ping_pong(messages: usize) -> Duration {
    let (done, mut finished) = tokio::sync::mpsc::unbounded_channel();
    let left = messages / 2;
    let ping = Player {
        left: left + 1,
        peer: None,
        done: None,
    }
    .start();
    let pong = Player {
        left,
        peer: None,
        done: Some(done),
    }
    .start();
    ping.send(Peer(pong.clone().recipient()))
        .await
        .expect("ping lives");
    pong.send(Peer(ping.clone().recipient()))
        .await
        .expect("pong lives");
    let begun = Instant::now();
    ping.do_send(Ball(Payload64::default()));
    finished.recv().await.expect("the last message");
    begun.elapsed()
}

/// Counts messages, and says when all have come.
struct Counter {
    left: usize,
    done: Sender<()>,
}

impl Actor for Counter {
    type Context = Context<Self>;
}

impl Handler<Ball> for Counter {
    type Result = ();
    fn handle(&mut self, _: Ball, _: &mut Context<Self>) {
        self.left -= 1;
        if self.left == 0 {
            self.done.send(()).expect("the measurement waits");
        }
    }
}

/// An actor that sends everything in one go.
struct Source {
    messages: usize,
    receiver: Addr<Counter>,
}

impl Actor for Source {
    type Context = Context<Self>;
    fn started(&mut self, _: &mut Context<Self>) {
        let mut message = Payload64::default();
        for number in 0..self.messages {
            message.words[0] = number as u64;
            self.receiver.do_send(Ball(message));
        }
    }
}

/// Millions of messages a second from actors of `senders` arbiters to one of another.
fn stream(senders: usize, messages: usize) -> f64 {
    let system = System::new();
    let arbiters: Vec<Arbiter> = (0..=senders).map(|_| Arbiter::new()).collect();
    system.block_on(async {
        stream_once(&arbiters, messages).await;
        millions_per_second(messages, stream_once(&arbiters, messages).await)
    })
}

async fn stream_once(arbiters: &[Arbiter], messages: usize) -> Duration {
    let senders = arbiters.len() - 1;
    let each = messages / senders;
    let (done, finished) = channel();
    let (address, found) = channel();
    arbiters[senders].spawn_fn(move || {
        let counter = Counter {
            left: each * senders,
            done,
        }
        .start();
        address.send(counter).expect("the measurement waits");
    });
    let receiver = found.recv().expect("an address");
    let begun = Instant::now();
    for arbiter in &arbiters[..senders] {
        let receiver = receiver.clone();
        arbiter.spawn_fn(move || {
            Source {
                messages: each,
                receiver,
            }
            .start();
        });
    }
    finished.recv().expect("the last message");
    begun.elapsed()
}

struct Idle(Started);

impl Actor for Idle {
    type Context = Context<Self>;
    fn started(&mut self, _: &mut Context<Self>) {
        self.0.count();
    }
}

async fn idle_actors(count: usize) -> IdleActors {
    let filler = Idle(Started::default()).start();
    measure_idle_actors(count, filler, async |started| Idle(started.clone()).start()).await
}

#[derive(Message)]
#[rtype(result = "()")]
struct Fail;

#[derive(Message)]
#[rtype(result = "u64")]
struct SinceFailure;

/// Fails when it is told to; its supervisor hears of its end.
struct Failing {
    failed: Arc<Mutex<Instant>>,
    ended: UnboundedSender<()>,
}

impl Actor for Failing {
    type Context = Context<Self>;
}

impl Handler<Fail> for Failing {
    type Result = ();
    fn handle(&mut self, _: Fail, _: &mut Context<Self>) {
        *self.failed.lock().expect("failed") = Instant::now();
        panic_as_planned();
    }
}

impl Handler<SinceFailure> for Failing {
    type Result = u64;
    fn handle(&mut self, _: SinceFailure, _: &mut Context<Self>) -> u64 {
        self.failed.lock().expect("failed").elapsed().as_nanos() as u64
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        // At the end of the measurement nobody waits any more.
        let _ = self.ended.send(());
    }
}

/// Nanoseconds from each panic to the inside of the replacement's first message.
async fn failures(count: usize) -> Vec<u64> {
    let failed = Arc::new(Mutex::new(Instant::now()));
    let (ended, mut end) = tokio::sync::mpsc::unbounded_channel();
    let start = || {
        Failing {
            failed: failed.clone(),
            ended: ended.clone(),
        }
        .start()
    };
    let mut samples = Vec::with_capacity(count);
    let mut actor = start();
    for _ in 0..count {
        actor.do_send(Fail);
        end.recv().await.expect("the actor has ended");
        actor = start();
        samples.push(
            actor
                .send(SinceFailure)
                .await
                .expect("the replacement works"),
        );
    }
    samples
}

struct Question(Payload64);

impl Message for Question {
    type Result = Payload64;
}

struct Answerer;

impl Actor for Answerer {
    type Context = Context<Self>;
}

impl Handler<Question> for Answerer {
    type Result = MessageResult<Question>;
    fn handle(&mut self, question: Question, _: &mut Context<Self>) -> Self::Result {
        MessageResult(question.0)
    }
}

/// A task asks an actor of its thread, one question at a time.
async fn ask(asks: usize) -> Duration {
    let actor = Answerer.start();
    let begun = Instant::now();
    for _ in 0..asks {
        actor
            .send(Question(Payload64::default()))
            .await
            .expect("an answer");
    }
    begun.elapsed()
}
