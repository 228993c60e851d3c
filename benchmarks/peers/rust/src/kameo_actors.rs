//! kameo: actors as tokio tasks with bounded mailboxes, supervision built in.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kameo::error::Infallible;
use kameo::mailbox;
use kameo::message::{Context, Message};
use kameo::prelude::*;
use kameo::supervision::RestartPolicy;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::measure::*;

const NAME: &str = "kameo 0.22.2";

pub fn measure(plan: &Plan) {
    // First: freed memory of other measurements would be used again.
    if plan.wants("P7") {
        let count = plan.sized(100_000);
        let idle = while_pinned(|| one_thread_runtime().block_on(idle_actors(count)));
        print_idle_actors(NAME, &idle, count);
    }
    if plan.wants("P1") {
        let messages = plan.sized(500_000);
        let elapsed = on_pinned_thread(move || {
            one_thread_runtime().block_on(async {
                ping_pong(messages / 10).await;
                ping_pong(messages).await
            })
        });
        print_ns("P1", "ping_pong", NAME, ns_each(messages, elapsed), true);
    }
    if plan.wants("P2") {
        print_stream("P2", NAME, 1, stream(1, plan.sized(500_000)), true);
    }
    if plan.wants("P3") {
        print_stream("P3", NAME, 2, stream(2, plan.sized(500_000)), true);
    }
    if plan.wants("P8") {
        let count = plan.sized(10_000);
        let samples = on_pinned_thread(move || one_thread_runtime().block_on(failures(count)));
        print_failures(
            NAME,
            "its own supervision: the mailbox and all refs stay",
            samples,
        );
    }
    if plan.wants("P15") {
        let asks = plan.sized(500_000);
        let elapsed = on_pinned_thread(move || {
            one_thread_runtime().block_on(async {
                tokio::spawn(ask(asks / 10)).await.expect("asks");
                tokio::spawn(ask(asks)).await.expect("asks")
            })
        });
        print_ns("P15", "ask_one_worker", NAME, ns_each(asks, elapsed), true);
    }
}

struct Ball(#[allow(dead_code)] Payload64);
struct Peer(ActorRef<Player>);

/// Sends each message on until none is left.
struct Player {
    left: usize,
    peer: Option<ActorRef<Player>>,
    done: UnboundedSender<()>,
}

impl Actor for Player {
    type Args = Self;
    type Error = Infallible;
    async fn on_start(state: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(state)
    }
}

impl Message<Peer> for Player {
    type Reply = ();
    async fn handle(&mut self, peer: Peer, _: &mut Context<Self, ()>) {
        self.peer = Some(peer.0);
    }
}

impl Message<Ball> for Player {
    type Reply = ();
    async fn handle(&mut self, ball: Ball, _: &mut Context<Self, ()>) {
        self.left -= 1;
        if self.left > 0 {
            let peer = self.peer.as_ref().expect("a peer");
            peer.tell(ball).try_send().expect("room");
        } else {
            // The other one may have ended the measurement already.
            let _ = self.done.send(());
        }
    }
}

async fn ping_pong(messages: usize) -> Duration {
    let (done, mut finished) = unbounded_channel();
    let player = || {
        let state = Player {
            left: messages / 2,
            peer: None,
            done: done.clone(),
        };
        Player::spawn_with_mailbox(state, mailbox::bounded(MAILBOX))
    };
    let (ping, pong) = (player(), player());
    ping.ask(Peer(pong.clone())).await.expect("ping lives");
    pong.ask(Peer(ping.clone())).await.expect("pong lives");
    let begun = Instant::now();
    ping.tell(Ball(Payload64::default()))
        .await
        .expect("ping lives");
    finished.recv().await.expect("the last message");
    let elapsed = begun.elapsed();
    ping.kill();
    pong.kill();
    elapsed
}

/// Counts messages, and says when all have come.
struct Counter {
    left: usize,
    done: UnboundedSender<()>,
}

impl Actor for Counter {
    type Args = Self;
    type Error = Infallible;
    async fn on_start(state: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(state)
    }
}

impl Message<Ball> for Counter {
    type Reply = ();
    async fn handle(&mut self, _: Ball, _: &mut Context<Self, ()>) {
        self.left -= 1;
        if self.left == 0 {
            self.done.send(()).expect("the measurement waits");
        }
    }
}

/// Millions of messages a second from `senders` tasks to one actor, after a warm-up.
fn stream(senders: usize, messages: usize) -> f64 {
    let runtime = many_threads_runtime(senders + 1);
    runtime.block_on(stream_once(senders, messages));
    millions_per_second(messages, runtime.block_on(stream_once(senders, messages)))
}

async fn stream_once(senders: usize, messages: usize) -> Duration {
    let (done, mut finished) = unbounded_channel();
    let each = messages / senders;
    let state = Counter {
        left: each * senders,
        done,
    };
    let receiver = Counter::spawn_with_mailbox(state, mailbox::bounded(MAILBOX));
    let begun = Instant::now();
    for _ in 0..senders {
        let receiver = receiver.clone();
        tokio::spawn(async move {
            let mut message = Payload64::default();
            for number in 0..each {
                message.words[0] = number as u64;
                receiver
                    .tell(Ball(message))
                    .await
                    .expect("the receiver lives");
            }
        });
    }
    finished.recv().await.expect("the last message");
    begun.elapsed()
}

struct Idle;

impl Actor for Idle {
    type Args = Started;
    type Error = Infallible;
    async fn on_start(started: Started, _: ActorRef<Self>) -> Result<Self, Infallible> {
        started.count();
        Ok(Idle)
    }
}

async fn idle_actors(count: usize) -> IdleActors {
    let filler = Idle::spawn(Started::default());
    measure_idle_actors(count, filler, async |started| Idle::spawn(started.clone())).await
}

struct Fail;
struct Measure;

/// Fails when it is told to, and otherwise says how long ago that was.
#[derive(Clone)]
struct Failing {
    failed: Arc<Mutex<Instant>>,
    handled: UnboundedSender<u64>,
}

impl Actor for Failing {
    type Args = Self;
    type Error = Infallible;
    async fn on_start(state: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(state)
    }
}

impl Message<Fail> for Failing {
    type Reply = ();
    async fn handle(&mut self, _: Fail, _: &mut Context<Self, ()>) {
        *self.failed.lock().expect("failed") = Instant::now();
        panic_as_planned();
    }
}

impl Message<Measure> for Failing {
    type Reply = ();
    async fn handle(&mut self, _: Measure, _: &mut Context<Self, ()>) {
        let elapsed = self.failed.lock().expect("failed").elapsed();
        self.handled
            .send(elapsed.as_nanos() as u64)
            .expect("the measurement waits");
    }
}

struct Supervisor;

impl Actor for Supervisor {
    type Args = ();
    type Error = Infallible;
    async fn on_start(_: (), _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Supervisor)
    }
}

/// Nanoseconds from each panic to the inside of the next message, which waits already.
async fn failures(count: usize) -> Vec<u64> {
    let (handled, mut done) = unbounded_channel();
    let supervisor = Supervisor::spawn(());
    let state = Failing {
        failed: Arc::new(Mutex::new(Instant::now())),
        handled,
    };
    let actor = Failing::supervise(&supervisor, state)
        .restart_policy(RestartPolicy::Permanent)
        .restart_limit(u32::MAX, Duration::from_secs(10))
        .spawn()
        .await;
    // What comes before the end of the start is buffered apart from the mailbox and would be lost.
    actor.wait_for_startup().await;
    let mut samples = Vec::with_capacity(count);
    for _ in 0..count {
        actor.tell(Fail).await.expect("the actor lives");
        actor.tell(Measure).await.expect("the actor lives");
        samples.push(done.recv().await.expect("the actor works"));
    }
    samples
}

struct Question(Payload64);
struct Answerer;

/// What an answer is made of.
#[derive(kameo::Reply)]
struct Answer(#[allow(dead_code)] Payload64);

impl Actor for Answerer {
    type Args = ();
    type Error = Infallible;
    async fn on_start(_: (), _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Answerer)
    }
}

impl Message<Question> for Answerer {
    type Reply = Answer;
    async fn handle(&mut self, question: Question, _: &mut Context<Self, Answer>) -> Answer {
        Answer(question.0)
    }
}

/// A task asks an actor of its thread, one question at a time.
async fn ask(asks: usize) -> Duration {
    let actor = Answerer::spawn_with_mailbox((), mailbox::bounded(MAILBOX));
    let begun = Instant::now();
    for _ in 0..asks {
        actor
            .ask(Question(Payload64::default()))
            .await
            .expect("an answer");
    }
    begun.elapsed()
}
