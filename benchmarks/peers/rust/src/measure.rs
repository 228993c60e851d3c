//! What all four measurements share: the command line's sizes, rows, pinning, percentiles.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What every program sends: 64 bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Payload64 {
    pub words: [u64; 8],
}

/// Messages that fit into a bounded mailbox, as in ours.
pub const MAILBOX: usize = 1024;
pub const ONE_THREAD: &str = "cpu 0";
pub const UNPINNED_TWO: &str = "none (2 workers, 2 cpus)";
pub const UNPINNED_THREE: &str = "none (3 workers, 2 cpus)";

/// Which targets to measure, and how thoroughly.
pub struct Plan {
    pub only: Vec<String>,
    pub quick: bool,
}

impl Plan {
    pub fn wants(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| wanted == id)
    }

    /// `full`, or a fifth of it with `--quick`.
    pub fn sized(&self, full: usize) -> usize {
        if self.quick { full / 5 } else { full }
    }
}

/// One measured number, as `tools/bench` reads it.
pub struct Row<'a> {
    pub id: &'a str,
    pub condition: &'a str,
    pub name: &'a str,
    pub value: f64,
    pub unit: &'a str,
    pub pinning: &'a str,
    pub bounded: bool,
    pub payload: &'a str,
    pub note: &'a str,
    pub percentiles: Option<Percentiles>,
}

impl Default for Row<'_> {
    fn default() -> Self {
        Row {
            id: "",
            condition: "",
            name: "",
            value: 0.0,
            unit: "ns",
            pinning: ONE_THREAD,
            bounded: false,
            payload: "64 B",
            note: "",
            percentiles: None,
        }
    }
}

impl Row<'_> {
    /// One line of JSON. The workers of these libraries sleep when they are idle. No text holds a
    /// quote or a backslash.
    pub fn print(&self) {
        let percentiles = match &self.percentiles {
            Some(p) => format!(
                r#", "p50": {}, "p99": {}, "p99_9": {}"#,
                p.p50, p.p99, p.p99_9
            ),
            None => String::new(),
        };
        println!(
            concat!(
                r#"{{"id": "{}", "condition": "{}", "kind": "peer", "name": "{}", "value": {}, "#,
                r#""unit": "{}", "mode": "sleep", "payload": "{}", "pinning": "{}", "#,
                r#""bounded": {}, "note": "{}"{}}}"#
            ),
            self.id,
            self.condition,
            self.name,
            self.value,
            self.unit,
            self.payload,
            self.pinning,
            self.bounded,
            self.note,
            percentiles
        );
    }
}

/// Nanoseconds.
#[derive(Clone, Copy)]
pub struct Percentiles {
    pub p50: f64,
    pub p99: f64,
    pub p99_9: f64,
}

/// Nearest rank. Requires at least one sample.
pub fn percentiles(mut samples: Vec<u64>) -> Percentiles {
    samples.sort_unstable();
    let at = |per_mille: usize| {
        samples[(samples.len() * per_mille / 1000).min(samples.len() - 1)] as f64
    };
    Percentiles {
        p50: at(500),
        p99: at(990),
        p99_9: at(999),
    }
}

fn set_affinity(mask: &libc::cpu_set_t) {
    // SAFETY: `mask` is a plain bit set that lives during the call.
    let set = unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), mask) };
    assert_eq!(set, 0, "cannot choose processors");
}

/// Keeps the calling thread, and threads that it creates from now on, on cpu 0. Returns what it
/// was allowed before.
fn pin_to_first_cpu() -> libc::cpu_set_t {
    // SAFETY: both masks are plain bit sets that live during the calls.
    unsafe {
        let mut before: libc::cpu_set_t = std::mem::zeroed();
        assert_eq!(
            libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &mut before),
            0
        );
        let mut mask: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(0, &mut mask);
        set_affinity(&mask);
        before
    }
}

/// Runs `work` on a thread of its own that is pinned to cpu 0, and returns what it returns.
pub fn on_pinned_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::spawn(|| {
        pin_to_first_cpu();
        work()
    });
    thread.join().expect("the measurement panicked")
}

/// Runs `work` on the calling thread, pinned to cpu 0 meanwhile. For memory: glibc's heap of the
/// main thread grows faster than those of others.
pub fn while_pinned<T>(work: impl FnOnce() -> T) -> T {
    let before = pin_to_first_cpu();
    let result = work();
    set_affinity(&before);
    result
}

/// A runtime of one thread, the calling one.
pub fn one_thread_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime of one thread")
}

/// A runtime of so many threads besides the calling one.
pub fn many_threads_runtime(workers: usize) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_time()
        .build()
        .expect("a runtime of several threads")
}

pub fn millions_per_second(count: usize, elapsed: Duration) -> f64 {
    count as f64 * 1e3 / elapsed.as_nanos() as f64
}

pub fn ns_each(count: usize, elapsed: Duration) -> f64 {
    elapsed.as_nanos() as f64 / count as f64
}

/// The resident set of this process, in bytes.
pub fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("/proc/self/statm");
    let pages: u64 = text
        .split(' ')
        .nth(1)
        .and_then(|word| word.parse().ok())
        .expect("pages in statm");
    // SAFETY: sysconf only reads.
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64
}

/// Counts actors that have started; shared by all of them.
#[derive(Clone, Default)]
pub struct Started(Arc<AtomicU64>);

impl Started {
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    pub fn total(&self) -> usize {
        self.0.load(Ordering::Relaxed) as usize
    }
}

/// Memory and time of `count` actors: what `measure_idle_actors` returns.
pub struct IdleActors {
    pub bytes_each: f64,
    pub millions_per_second: f64,
}

/// Spawns `count` actors in the running runtime and waits until all have started. `spawn` returns
/// what keeps one alive; the memory for that is there, and touched, before the measurement.
pub async fn measure_idle_actors<Handle: Clone>(
    count: usize,
    filler: Handle,
    mut spawn: impl AsyncFnMut(&Started) -> Handle,
) -> IdleActors {
    let started = Started::default();
    let mut handles = vec![filler; count];
    let before = resident_bytes();
    let begun = Instant::now();
    for handle in &mut handles {
        *handle = spawn(&started).await;
    }
    while started.total() < count {
        tokio::task::yield_now().await;
    }
    let elapsed = begun.elapsed();
    IdleActors {
        bytes_each: (resident_bytes() - before) as f64 / count as f64,
        millions_per_second: millions_per_second(count, elapsed),
    }
}

/// Prints both rows of P7.
pub fn print_idle_actors(name: &str, idle: &IdleActors, count: usize) {
    let note = format!("{count} actors");
    let row = Row {
        id: "P7",
        name,
        payload: "empty state",
        note: &note,
        ..Row::default()
    };
    Row {
        condition: "idle_memory_100k",
        value: idle.bytes_each,
        unit: "B",
        ..row
    }
    .print();
    let row = Row {
        id: "P7",
        name,
        payload: "empty state",
        note: &note,
        ..Row::default()
    };
    Row {
        condition: "spawn_rate",
        value: idle.millions_per_second,
        unit: "M actors/s",
        ..row
    }
    .print();
}

/// Prints the row of P8.
pub fn print_failures(name: &str, note: &str, samples: Vec<u64>) {
    let latency = percentiles(samples);
    Row {
        id: "P8",
        condition: "failure_to_next",
        name,
        value: latency.p50,
        note,
        percentiles: Some(latency),
        ..Row::default()
    }
    .print();
}

/// Prints the row of one duration per message or round trip on one thread.
pub fn print_ns(id: &str, condition: &str, name: &str, value: f64, bounded: bool) {
    Row {
        id,
        condition,
        name,
        value,
        bounded,
        ..Row::default()
    }
    .print();
}

/// Prints the row of one throughput over several threads.
pub fn print_stream(id: &str, name: &str, senders: usize, value: f64, bounded: bool) {
    let (condition, pinning) = if senders == 1 {
        ("stream", UNPINNED_TWO)
    } else {
        ("fan_in", UNPINNED_THREE)
    };
    Row {
        id,
        condition,
        name,
        value,
        unit: "M msg/s",
        pinning,
        bounded,
        ..Row::default()
    }
    .print();
}

/// What a failing handler panics with.
pub struct Planned;

/// Fails as an actor of a program would, without printing.
pub fn panic_as_planned() -> ! {
    std::panic::panic_any(Planned)
}
