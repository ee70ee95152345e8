// Load over HTTP with as little of it as can be: what the client takes is not the server's to answer for.
// Each connection is kept, and sends its next request when it has the whole answer to the one before.
import net from "node:net";

const HEAD_END = "\r\n\r\n";

const request = (path, key) =>
  `POST ${path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${key}\r\ncontent-length: 0${HEAD_END}`;

/** The length of the first answer in a text; 0 while it is not whole. An answer that is no 200 is a fault. */
export const answerLength = (text) => {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd === -1) return 0;
  if (!text.startsWith("HTTP/1.1 200 ")) throw new Error(`the app answered ${JSON.stringify(text.slice(0, 300))}`);
  const [, bodyLength] = /\r\ncontent-length: (\d+)\r\n/i.exec(text.slice(0, headEnd + 2)) ?? [];
  if (bodyLength === undefined) throw new Error("the app answered without a length");
  const length = headEnd + HEAD_END.length + Number(bodyLength);
  return text.length < length ? 0 : length;
};

/** One connection: `send` gives a request, or nothing when there are no more. */
const connection = (port, send) =>
  new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1");
    let answer = "";
    const next = () => {
      const text = send();
      if (text === null) return socket.end(resolve);
      return socket.write(text);
    };
    socket.setNoDelay(true).setEncoding("latin1").on("connect", next).on("error", reject);
    socket.on("data", (text) => {
      answer += text;
      try {
        const length = answerLength(answer);
        if (length === 0) return;
        answer = answer.slice(length);
        next();
      } catch (fault) {
        socket.destroy(fault);
      }
    });
  });

/** A side: rounds of so many requests with the keys in turn, over so many connections. */
export const load = ({ port, keys }, path, connections, count) => {
  const requests = keys.map((key) => request(path, key));
  return async () => {
    let sent = 0;
    const send = () => {
      if (sent === count) return null;
      sent += 1;
      return requests[sent % requests.length];
    };
    const started = process.hrtime.bigint();
    await Promise.all(Array.from({ length: connections }, () => connection(port, send)));
    return Number(process.hrtime.bigint() - started) / count;
  };
};
