//! ractor: actors as tokio tasks with unbounded mailboxes and supervision events.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::measure::*;

const NAME: &str = "ractor 0.16.5";

pub fn measure(plan: &Plan) {
    // First: freed memory of other measurements would be used again.
    if plan.wants("P7") {
        let count = plan.sized(100_000);
        let idle = while_pinned(|| one_thread_runtime().block_on(idle_actors(count)));
        print_idle_actors(NAME, &idle, count);
    }
    if plan.wants("P1") {
        let messages = plan.sized(1_000_000);
        let elapsed = on_pinned_thread(move || {
            one_thread_runtime().block_on(async {
                ping_pong(messages / 10).await;
                ping_pong(messages).await
            })
        });
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
        let samples = on_pinned_thread(move || one_thread_runtime().block_on(failures(count)));
        let note = "its supervisor spawns a new actor: the mailbox and all refs are new";
        print_failures(NAME, note, samples);
    }
    if plan.wants("P15") {
        let asks = plan.sized(1_000_000);
        let elapsed = on_pinned_thread(move || {
            one_thread_runtime().block_on(async {
                tokio::spawn(ask(asks / 10)).await.expect("asks");
                tokio::spawn(ask(asks)).await.expect("asks")
            })
        });
        print_ns("P15", "ask_one_worker", NAME, ns_each(asks, elapsed), false);
    }
}

enum Play {
    Peer(ActorRef<Play>),
    Ball(Payload64),
}

/// Sends each message on until none is left.
struct Player;

struct PlayerState {
    left: usize,
    peer: Option<ActorRef<Play>>,
    done: UnboundedSender<()>,
}

impl Actor for Player {
    type Msg = Play;
    type State = PlayerState;
    type Arguments = PlayerState;

    async fn pre_start(
        &self,
        _: ActorRef<Play>,
        state: PlayerState,
    ) -> Result<PlayerState, ActorProcessingErr> {
        Ok(state)
    }

    async fn handle(
        &self,
        _: ActorRef<Play>,
        message: Play,
        state: &mut PlayerState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Play::Peer(peer) => state.peer = Some(peer),
            Play::Ball(payload) => {
                state.left -= 1;
                if state.left > 0 {
                    state
                        .peer
                        .as_ref()
                        .expect("a peer")
                        .cast(Play::Ball(payload))?;
                } else {
                    // The other one may have ended the measurement already.
                    let _ = state.done.send(());
                }
            }
        }
        Ok(())
    }
}

async fn ping_pong(messages: usize) -> Duration {
    let (done, mut finished) = unbounded_channel();
    let state = || PlayerState {
        left: messages / 2,
        peer: None,
        done: done.clone(),
    };
    let (ping, _) = Actor::spawn(None, Player, state()).await.expect("ping");
    let (pong, _) = Actor::spawn(None, Player, state()).await.expect("pong");
    ping.cast(Play::Peer(pong.clone())).expect("ping lives");
    pong.cast(Play::Peer(ping.clone())).expect("pong lives");
    let begun = Instant::now();
    ping.cast(Play::Ball(Payload64::default()))
        .expect("ping lives");
    finished.recv().await.expect("the last message");
    let elapsed = begun.elapsed();
    ping.stop(None);
    pong.stop(None);
    elapsed
}

struct Ball(#[allow(dead_code)] Payload64);

/// Counts messages, and says when all have come.
struct Counter;

impl Actor for Counter {
    type Msg = Ball;
    type State = (usize, UnboundedSender<()>);
    type Arguments = Self::State;

    async fn pre_start(
        &self,
        _: ActorRef<Ball>,
        state: Self::State,
    ) -> Result<Self::State, ActorProcessingErr> {
        Ok(state)
    }

    async fn handle(
        &self,
        _: ActorRef<Ball>,
        _: Ball,
        (left, done): &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        *left -= 1;
        if *left == 0 {
            done.send(())?;
        }
        Ok(())
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
    let spawned = Actor::spawn(None, Counter, (each * senders, done)).await;
    let (receiver, _) = spawned.expect("the receiver");
    let begun = Instant::now();
    for _ in 0..senders {
        let receiver = receiver.clone();
        tokio::spawn(async move {
            let mut message = Payload64::default();
            for number in 0..each {
                message.words[0] = number as u64;
                receiver.cast(Ball(message)).expect("the receiver lives");
            }
        });
    }
    finished.recv().await.expect("the last message");
    let elapsed = begun.elapsed();
    receiver.stop(None);
    elapsed
}

struct Idle;

impl Actor for Idle {
    type Msg = Ball;
    type State = ();
    type Arguments = Started;

    async fn pre_start(
        &self,
        _: ActorRef<Ball>,
        started: Started,
    ) -> Result<(), ActorProcessingErr> {
        started.count();
        Ok(())
    }
}

async fn idle_actors(count: usize) -> IdleActors {
    let (filler, _) = Actor::spawn(None, Idle, Started::default())
        .await
        .expect("an actor");
    measure_idle_actors(count, filler, async |started| {
        Actor::spawn(None, Idle, started.clone())
            .await
            .expect("an actor")
            .0
    })
    .await
}

enum Order {
    Fail,
    Measure,
}

/// Fails when it is told to, and otherwise says how long ago that was.
struct Failing;

#[derive(Clone)]
struct FailingState {
    failed: Arc<Mutex<Instant>>,
    handled: UnboundedSender<u64>,
}

impl Actor for Failing {
    type Msg = Order;
    type State = FailingState;
    type Arguments = FailingState;

    async fn pre_start(
        &self,
        _: ActorRef<Order>,
        state: FailingState,
    ) -> Result<FailingState, ActorProcessingErr> {
        Ok(state)
    }

    async fn handle(
        &self,
        _: ActorRef<Order>,
        order: Order,
        state: &mut FailingState,
    ) -> Result<(), ActorProcessingErr> {
        match order {
            Order::Fail => {
                *state.failed.lock().expect("failed") = Instant::now();
                panic_as_planned();
            }
            Order::Measure => {
                let elapsed = state.failed.lock().expect("failed").elapsed();
                state.handled.send(elapsed.as_nanos() as u64)?;
            }
        }
        Ok(())
    }
}

/// Lets its actor fail, spawns another in its place and has that one measured; and so on.
struct Supervisor;

enum Next {
    Failure,
}

impl Actor for Supervisor {
    type Msg = Next;
    type State = (ActorRef<Order>, FailingState);
    type Arguments = FailingState;

    async fn pre_start(
        &self,
        myself: ActorRef<Next>,
        state: FailingState,
    ) -> Result<Self::State, ActorProcessingErr> {
        let (actor, _) = Actor::spawn_linked(None, Failing, state.clone(), myself.into()).await?;
        Ok((actor, state))
    }

    async fn handle(
        &self,
        _: ActorRef<Next>,
        _: Next,
        (actor, _): &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        actor.cast(Order::Fail)?;
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<Next>,
        event: SupervisionEvent,
        (actor, state): &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ActorFailed(..) = event {
            let spawned = Actor::spawn_linked(None, Failing, state.clone(), myself.into()).await?;
            *actor = spawned.0;
            actor.cast(Order::Measure)?;
        }
        Ok(())
    }
}

/// Nanoseconds from each panic to the inside of the replacement's first message.
async fn failures(count: usize) -> Vec<u64> {
    let (handled, mut done) = unbounded_channel();
    let state = FailingState {
        failed: Arc::new(Mutex::new(Instant::now())),
        handled,
    };
    let (supervisor, _) = Actor::spawn(None, Supervisor, state)
        .await
        .expect("a supervisor");
    let mut samples = Vec::with_capacity(count);
    for _ in 0..count {
        supervisor
            .cast(Next::Failure)
            .expect("the supervisor lives");
        samples.push(done.recv().await.expect("the replacement works"));
    }
    samples
}

/// A question and where its answer goes.
struct Question(Payload64, RpcReplyPort<Payload64>);

struct Answerer;

impl Actor for Answerer {
    type Msg = Question;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Question>, _: ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(
        &self,
        _: ActorRef<Question>,
        question: Question,
        _: &mut (),
    ) -> Result<(), ActorProcessingErr> {
        question.1.send(question.0)?;
        Ok(())
    }
}

/// A task asks an actor of its thread, one question at a time.
async fn ask(asks: usize) -> Duration {
    let (actor, _) = Actor::spawn(None, Answerer, ()).await.expect("an actor");
    let begun = Instant::now();
    for _ in 0..asks {
        let answer = actor
            .call(|reply| Question(Payload64::default(), reply), None)
            .await;
        answer.expect("the actor lives").expect("an answer");
    }
    let elapsed = begun.elapsed();
    actor.stop(None);
    elapsed
}
