//! Plain tokio tasks that each own the receiving end of a channel.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::measure::*;

const NAME: &str = "tokio 1.54.1 mpsc task";

pub fn measure(plan: &Plan) {
    // First: freed memory of other measurements would be used again.
    if plan.wants("P7") {
        let count = plan.sized(100_000);
        let idle = while_pinned(|| one_thread_runtime().block_on(idle_tasks(count)));
        print_idle_actors(NAME, &idle, count);
    }
    if plan.wants("P1") {
        measure_ping_pong(plan);
    }
    if plan.wants("P2") {
        print_stream("P2", NAME, 1, stream(1, plan.sized(1_000_000)), true);
    }
    if plan.wants("P3") {
        print_stream("P3", NAME, 2, stream(2, plan.sized(1_000_000)), true);
    }
    if plan.wants("P8") {
        let count = plan.sized(10_000);
        let samples = on_pinned_thread(move || one_thread_runtime().block_on(failures(count)));
        print_failures(NAME, "by hand: the queue and all handles are new", samples);
    }
    if plan.wants("P15") {
        let asks = plan.sized(1_000_000);
        let elapsed = on_pinned_thread(move || {
            one_thread_runtime().block_on(async {
                tokio::spawn(ask(asks / 10)).await.expect("asks");
                tokio::spawn(ask(asks)).await.expect("asks")
            })
        });
        print_ns("P15", "ask_one_worker", NAME, ns_each(asks, elapsed), true);
    }
}

fn measure_ping_pong(plan: &Plan) {
    let messages = plan.sized(1_000_000);
    let bounded = on_pinned_thread(move || {
        one_thread_runtime().block_on(async {
            ping_pong_bounded(messages / 10).await;
            ping_pong_bounded(messages).await
        })
    });
    print_ns("P1", "ping_pong", NAME, ns_each(messages, bounded), true);
    let unbounded = on_pinned_thread(move || {
        one_thread_runtime().block_on(async {
            ping_pong_unbounded(messages / 10).await;
            ping_pong_unbounded(messages).await
        })
    });
    let name = format!("{NAME}, unbounded");
    print_ns(
        "P1",
        "ping_pong",
        &name,
        ns_each(messages, unbounded),
        false,
    );
}

/// Two tasks hand one message to each other; `messages` are received in all.
async fn ping_pong_bounded(messages: usize) -> Duration {
    let (to_ping, mut ping) = mpsc::channel::<Payload64>(MAILBOX);
    let (to_pong, mut pong) = mpsc::channel::<Payload64>(MAILBOX);
    let begun = Instant::now();
    to_ping.send(Payload64::default()).await.expect("room");
    let back = tokio::spawn(async move {
        while let Some(message) = pong.recv().await {
            to_ping.send(message).await.expect("ping");
        }
    });
    tokio::spawn(async move {
        for _ in 0..messages / 2 {
            let message = ping.recv().await.expect("a message");
            to_pong.send(message).await.expect("pong");
        }
        ping.recv().await.expect("a message");
    })
    .await
    .expect("ping");
    back.await.expect("pong");
    begun.elapsed()
}

/// As `ping_pong_bounded`, without a bound.
async fn ping_pong_unbounded(messages: usize) -> Duration {
    let (to_ping, mut ping) = mpsc::unbounded_channel::<Payload64>();
    let (to_pong, mut pong) = mpsc::unbounded_channel::<Payload64>();
    let begun = Instant::now();
    to_ping.send(Payload64::default()).expect("ping");
    let back = tokio::spawn(async move {
        while let Some(message) = pong.recv().await {
            to_ping.send(message).expect("ping");
        }
    });
    tokio::spawn(async move {
        for _ in 0..messages / 2 {
            let message = ping.recv().await.expect("a message");
            to_pong.send(message).expect("pong");
        }
        ping.recv().await.expect("a message");
    })
    .await
    .expect("ping");
    back.await.expect("pong");
    begun.elapsed()
}

/// Millions of messages a second from `senders` tasks to one, after a warm-up.
fn stream(senders: usize, messages: usize) -> f64 {
    let runtime = many_threads_runtime(senders + 1);
    runtime.block_on(stream_once(senders, messages));
    millions_per_second(messages, runtime.block_on(stream_once(senders, messages)))
}

async fn stream_once(senders: usize, messages: usize) -> Duration {
    let (sender, mut receiver) = mpsc::channel::<Payload64>(MAILBOX);
    let begun = Instant::now();
    for _ in 0..senders {
        let sender = sender.clone();
        tokio::spawn(async move {
            let mut message = Payload64::default();
            for number in 0..messages / senders {
                message.words[0] = number as u64;
                sender.send(message).await.expect("the receiver lives");
            }
        });
    }
    drop(sender);
    let received = tokio::spawn(async move {
        let mut received = 0;
        while receiver.recv().await.is_some() {
            received += 1;
        }
        received
    });
    assert_eq!(
        received.await.expect("the receiver"),
        messages / senders * senders
    );
    begun.elapsed()
}

async fn idle_tasks(count: usize) -> IdleActors {
    let (filler, _) = mpsc::channel::<Payload64>(MAILBOX);
    measure_idle_actors(count, filler, async |started| {
        let (sender, mut receiver) = mpsc::channel::<Payload64>(MAILBOX);
        let started = started.clone();
        tokio::spawn(async move {
            started.count();
            while receiver.recv().await.is_some() {}
        });
        sender
    })
    .await
}

enum Order {
    Fail,
    Measure(oneshot::Sender<u64>),
}

type Failed = Arc<Mutex<Instant>>;

/// A task that fails when it is told to, and otherwise says that it works.
fn spawn_failing(failed: Failed) -> (mpsc::Sender<Order>, tokio::task::JoinHandle<()>) {
    let (sender, mut receiver) = mpsc::channel(MAILBOX);
    let task = tokio::spawn(async move {
        while let Some(order) = receiver.recv().await {
            match order {
                Order::Fail => {
                    *failed.lock().expect("failed") = Instant::now();
                    panic_as_planned();
                }
                Order::Measure(done) => {
                    let elapsed = failed.lock().expect("failed").elapsed();
                    done.send(elapsed.as_nanos() as u64)
                        .expect("the supervisor waits");
                }
            }
        }
    });
    (sender, task)
}

/// Nanoseconds from each panic to the inside of the replacement's first message.
async fn failures(count: usize) -> Vec<u64> {
    let failed: Failed = Arc::new(Mutex::new(Instant::now()));
    let (mut sender, mut task) = spawn_failing(failed.clone());
    let mut samples = Vec::with_capacity(count);
    for _ in 0..count {
        sender.send(Order::Fail).await.expect("the task lives");
        task.await.expect_err("the task has failed");
        (sender, task) = spawn_failing(failed.clone());
        let (done, handled) = oneshot::channel();
        sender
            .send(Order::Measure(done))
            .await
            .expect("the task lives");
        samples.push(handled.await.expect("the task works"));
    }
    samples
}

/// One task asks another, one question at a time.
async fn ask(asks: usize) -> Duration {
    let (sender, mut receiver) = mpsc::channel::<(Payload64, oneshot::Sender<Payload64>)>(MAILBOX);
    tokio::spawn(async move {
        while let Some((question, reply)) = receiver.recv().await {
            reply.send(question).expect("the asker waits");
        }
    });
    let begun = Instant::now();
    for _ in 0..asks {
        let (reply, answer) = oneshot::channel();
        sender
            .send((Payload64::default(), reply))
            .await
            .expect("the task lives");
        answer.await.expect("an answer");
    }
    begun.elapsed()
}
