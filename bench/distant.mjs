// A server as if it stood elsewhere: what it answers arrives so much later. On loopback a round trip
// costs next to nothing, which hides how many of them somebody makes.
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A way to the server of this URL by which every answer takes `ms` longer. */
export async function distant(url, ms) {
  const { hostname, port } = new URL(url);
  const sockets = new Set();
  const way = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: hostname, port: Number(port), noDelay: true });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", async (bytes) => {
      await sleep(ms);
      near.write(bytes);
    });
  });
  await new Promise((resolve) => way.listen(0, "127.0.0.1", resolve));
  const nearUrl = new URL(url);
  nearUrl.port = String(way.address().port);
  return {
    url: nearUrl.href,
    close: () => {
      for (const socket of sockets) socket.destroy();
      way.close();
    },
  };
}
