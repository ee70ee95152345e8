/** The body of an answer, passed on as it is read, and what becomes of it. */

/** Is told of each of these at most once, except that the reader may still leave a complete body. */
export interface BodyWatcher {
  /** Somebody has begun to read. */
  begun(): void;
  /** The handler has given the last of it; a part may still be on its way. */
  completed(): void;
  /** The reader left, or the body broke off. */
  aborted(): void;
}

/**
 * Passes a body on, part by part and no faster than it is read.
 *
 * It reads one part ahead, as a `TransformStream` would, so that an answer of one part is known to be
 * complete while that part travels.
 *
 * @example
 * ```ts
 * const begun = () => console.log("somebody reads");
 * const completed = () => console.log("that was all");
 * const aborted = () => console.log("nobody reads any more");
 * return new Response(watchedBody(response.body, { begun, completed, aborted }), response);
 * ```
 */
export function watchedBody(body: ReadableStream<Uint8Array>, watcher: BodyWatcher): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const read = () => {
    const part = reader.read();
    part.then(
      ({ done }) => done && watcher.completed(),
      () => watcher.aborted(),
    );
    return part;
  };
  let ahead: ReturnType<typeof read> | undefined;
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      if (ahead === undefined) watcher.begun();
      const { done, value } = await (ahead ?? read());
      if (done) return controller.close();
      controller.enqueue(value);
      ahead = read();
    },
    cancel(reason) {
      // First the handler's own stream, so that it may settle for what it did.
      const cancelled = reader.cancel(reason);
      watcher.aborted();
      return cancelled;
    },
  };
  // Nothing is read before somebody asks: a body that is thrown away never counts as begun.
  return new ReadableStream(source, { highWaterMark: 0 });
}
