//! The SQLite store: JavaScript passes a call as text, or commits as numbers and texts, and gets a promise of the answer.

use keyrail_sqlite::{Operation, Packed, Reply, Store, Synchronous};
use napi::bindgen_prelude::{Float64Array, Object};
use napi::{Env, JsDeferred, Result};
use napi_derive::napi;

type Resolver = Box<dyn FnOnce(Env) -> Result<String> + Send>;

/// A store in one SQLite file. Its threads are its own; libuv's are left alone.
#[napi]
pub struct SqliteFile(Store);

#[napi]
impl SqliteFile {
    /// A store at a path, synced on every commit if `is_full`. Nothing is opened yet.
    #[napi(constructor)]
    pub fn new(path: String, is_full: bool) -> Self {
        Self(Store::new(path, if is_full { Synchronous::Full } else { Synchronous::Normal }))
    }

    /// Begins the call of this name. Nothing if there is none.
    #[napi(ts_return_type = "Promise<string> | null")]
    pub fn call<'env>(&self, env: &'env Env, operation: String, text: String) -> Result<Option<Object<'env>>> {
        let Some(operation) = Operation::named(&operation) else { return Ok(None) };
        let (reply, promise) = promised(env)?;
        self.0.call(operation, text, reply);
        Ok(Some(promise))
    }

    /// Begins commits: the first `length` numbers, and texts as a JSON list.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn commit<'env>(
        &self,
        env: &'env Env,
        numbers: Float64Array,
        length: u32,
        texts: String,
    ) -> Result<Object<'env>> {
        let (reply, promise) = promised(env)?;
        let numbers = numbers.iter().copied().take(length as usize).collect();
        self.0.commit(Packed { numbers, texts }, reply);
        Ok(promise)
    }

    /// Closes the file when the calls under way are done.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn close<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let (reply, promise) = promised(env)?;
        self.0.close(reply);
        Ok(promise)
    }
}

/// The statements that make the tables, as a JSON list.
#[napi]
pub fn sqlite_statements() -> Vec<String> {
    keyrail_sqlite::statements()
}

/// A promise, and what resolves it from any thread.
fn promised(env: &Env) -> Result<(Reply, Object<'_>)> {
    let (deferred, promise): (JsDeferred<String, Resolver>, _) = env.create_deferred()?;
    let reply = move |text: String| {
        let resolver: Resolver = Box::new(move |_| Ok(text));
        deferred.resolve(resolver);
    };
    Ok((Box::new(reply), promise))
}
