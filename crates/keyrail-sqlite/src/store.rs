//! The store: one thread that writes and one that reads, each with a connection of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;
use serde_json::json;

use crate::calls::{self, Answer, Operation};
use crate::connection::{Locked, Purpose, Synchronous, open};
use crate::fault::Fault;
use crate::packed::Packed;

/// Takes the answer to a call: `{"ok": …}` or `{"fault": {"code", "message", "definite"}}`.
pub type Reply = Box<dyn FnOnce(String) + Send>;

/// What is asked.
enum Ask {
    Text(Operation, String),
    Commit(Packed),
}

/// A call under way.
struct Job {
    ask: Ask,
    reply: Reply,
}

/// A thread and the way to it.
struct Lane {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
}

/// A store in one file. Nothing is opened before the first call.
pub struct Store {
    path: PathBuf,
    synchronous: Synchronous,
    lanes: Mutex<Lanes>,
}

#[derive(Default)]
struct Lanes {
    writer: Option<Lane>,
    reader: Option<Lane>,
    is_closed: bool,
}

impl Store {
    /// A store at a path.
    pub fn new(path: impl Into<PathBuf>, synchronous: Synchronous) -> Self {
        Self { path: path.into(), synchronous, lanes: Mutex::default() }
    }

    /// Begins a call. The reply comes from another thread, or at once where there is none to ask.
    pub fn call(&self, operation: Operation, text: String, reply: Reply) {
        let purpose = if operation.only_reads() { Purpose::Read } else { Purpose::Write };
        self.ask(purpose, Ask::Text(operation, text), reply);
    }

    /// Begins a commit of different trees.
    pub fn commit(&self, commits: Packed, reply: Reply) {
        self.ask(Purpose::Write, Ask::Commit(commits), reply);
    }

    fn ask(&self, purpose: Purpose, ask: Ask, reply: Reply) {
        if let Err((fault, reply)) = self.send(purpose, Job { ask, reply }) {
            reply(text_of(Err(fault)));
        }
    }

    /// Ends both threads after the calls that are under way, and then replies.
    pub fn close(&self, reply: Reply) {
        let lanes = match self.lanes.lock() {
            Ok(mut lanes) => std::mem::replace(&mut *lanes, Lanes { is_closed: true, ..Lanes::default() }),
            Err(_) => Lanes::default(),
        };
        let close = move || {
            for Lane { jobs, thread } in [lanes.reader, lanes.writer].into_iter().flatten() {
                drop(jobs);
                // A thread that panicked has closed its connection too.
                let _ = thread.join();
            }
            reply(text_of(Ok("null".to_owned())));
        };
        // Without a thread to wait in, the file is closed when its threads see that nobody asks.
        let _ = Builder::new().name("keyrail-close".to_owned()).spawn(close);
    }

    fn send(&self, purpose: Purpose, job: Job) -> Result<(), (Fault, Reply)> {
        let Ok(mut lanes) = self.lanes.lock() else { return Err((broken(), job.reply)) };
        if lanes.is_closed {
            return Err((Fault::new("store_closed", "the store is closed; make another one"), job.reply));
        }
        let place = if purpose == Purpose::Read { &mut lanes.reader } else { &mut lanes.writer };
        let lane = match place.take() {
            Some(lane) => place.insert(lane),
            None => match self.start(purpose) {
                Ok(lane) => place.insert(lane),
                Err(fault) => return Err((fault, job.reply)),
            },
        };
        lane.jobs.send(job).map_err(|unsent| (broken(), unsent.0.reply))
    }

    fn start(&self, purpose: Purpose) -> Result<Lane, Fault> {
        let (jobs, waiting) = channel();
        let file = File {
            path: self.path.clone(),
            synchronous: self.synchronous,
            purpose,
            connection: None,
            locked: Locked::default(),
        };
        let thread = Builder::new()
            .name("keyrail-sqlite".to_owned())
            .spawn(move || file.work(&waiting))
            .map_err(|error| Fault::new("store_failed", format!("the system gives no thread: {error}")))?;
        Ok(Lane { jobs, thread })
    }
}

fn broken() -> Fault {
    Fault::new("store_failed", "the store's thread has ended; make another store")
}

fn text_of(answer: Answer) -> String {
    match answer {
        Ok(json) => format!("{{\"ok\":{json}}}"),
        Err(fault) => json!({ "fault": fault }).to_string(),
    }
}

/// What a thread has of the file.
struct File {
    path: PathBuf,
    synchronous: Synchronous,
    purpose: Purpose,
    /// Opened by the first call, and again after a fault that may be of the connection.
    connection: Option<Connection>,
    locked: Locked,
}

impl File {
    fn work(mut self, waiting: &Receiver<Job>) {
        while let Ok(first) = waiting.recv() {
            let mut batches = Vec::new();
            let mut replies = Vec::new();
            for Job { ask, reply } in std::iter::once(first).chain(waiting.try_iter()) {
                match ask {
                    Ask::Text(operation, text) => {
                        let answer = self.guarded(1, |file| vec![file.answer(operation, &text)]);
                        reply_all([reply], answer);
                    }
                    // What waits together is committed together: one sync for all of it.
                    Ask::Commit(commits) => {
                        batches.push(commits);
                        replies.push(reply);
                    }
                }
            }
            if !batches.is_empty() {
                let answers = self.guarded(batches.len(), |file| file.commit(&batches));
                reply_all(replies, answers);
            }
        }
    }

    /// A panic fails the calls that it hit, and the connection, whose transaction ends with it.
    fn guarded(&mut self, count: usize, answer: impl FnOnce(&mut Self) -> Vec<Answer>) -> Vec<Answer> {
        let answers = catch_unwind(AssertUnwindSafe(|| answer(self))).unwrap_or_else(|_| {
            let fault = Fault { definite: false, ..Fault::new("store_failed", "the store panicked; please report it") };
            vec![Err(fault); count]
        });
        if answers.iter().any(|answer| {
            answer.as_ref().is_err_and(|fault| fault.code.starts_with("store_") && fault.code != "store_busy")
        }) {
            self.connection = None;
        }
        answers
    }

    fn commit(&mut self, batches: &[Packed]) -> Vec<Answer> {
        let mut locked = std::mem::take(&mut self.locked);
        let answers = match self.opened() {
            Ok((connection, path)) => calls::commit(connection, path, batches, &mut locked),
            Err(fault) => vec![Err(fault); batches.len()],
        };
        self.locked = locked;
        answers
    }

    fn answer(&mut self, operation: Operation, text: &str) -> Answer {
        match operation {
            Operation::Read => self.opened().and_then(|(connection, path)| calls::read(connection, path, text)),
            Operation::List => self.opened().and_then(|(connection, path)| calls::list(connection, path, text)),
            Operation::Allocate => self.opened().and_then(|(connection, path)| calls::allocate(connection, path, text)),
            Operation::Migrate => self.opened().and_then(|_| calls::migrate()),
        }
    }

    fn opened(&mut self) -> Result<(&Connection, &Path), Fault> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => open(&self.path, self.synchronous, self.purpose)?,
        };
        Ok((self.connection.insert(connection), &self.path))
    }
}

fn reply_all(replies: impl IntoIterator<Item = Reply>, answers: Vec<Answer>) {
    for (reply, answer) in replies.into_iter().zip(answers) {
        reply(text_of(answer));
    }
}
