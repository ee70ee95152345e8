// A TCP proxy in front of Postgres that can cut a connection before, during or after a commit.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/** The name of the prepared statement that commits: it stands in every message that runs it. */
const COMMIT = Buffer.from("keyrail_commit");

/** Starts a proxy to a port of this machine; `cut(isCommit)` says what becomes of a message of a client. */
export async function startProxy(targetPort) {
  const proxy = { cut: () => undefined, cuts: 0, sockets: new Set() };
  const server = createServer((client) => {
    const target = connect(targetPort, "127.0.0.1");
    const both = [client, target];
    const end = () => {
      for (const socket of both) {
        socket.destroy();
        proxy.sockets.delete(socket);
      }
    };
    let isDeaf = false;
    for (const socket of both) {
      proxy.sockets.add(socket);
      socket.on("error", end);
      socket.on("close", end);
    }
    client.on("data", (bytes) => {
      const how = proxy.cut(bytes.includes(COMMIT));
      if (how === undefined) {
        target.write(bytes);
        return;
      }
      proxy.cuts += 1;
      if (how === "before") end();
      // The server gets all but the end of the message, then nothing more.
      else if (how === "during") target.write(bytes.subarray(0, bytes.length - 8), end);
      else {
        // The server carries it out and answers, but nobody hears it.
        isDeaf = true;
        target.write(bytes);
      }
    });
    target.on("data", (bytes) => {
      if (isDeaf) end();
      else client.write(bytes);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy.port = server.address().port;
  proxy.close = () => {
    for (const socket of proxy.sockets) socket.destroy();
    server.close();
  };
  return proxy;
}
