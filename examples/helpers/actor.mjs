// A json actor in a few lines: handlers by type, asks, errors. Copy it beside yours; actor-json(7).
import readline from "node:readline";

export const LATER = Symbol("later"); // what a handler returns to settle its message itself
const asked = new Map();
let number = 0;

export function say(op, keys = {}) {
  process.stdout.write(JSON.stringify({ op, ...keys }) + "\n");
}

export function send(body, keys = {}) { // {to, headers}; without `to`, where the file says
  say("send", { body, ...keys });
}

// The body of the reply; rejected with the reason when there is none.
export function ask(to, body, timeout = 5) {
  const id = `${process.pid}-${++number}`; // a reply to the process before this one is not ours
  send(body, { to, ask: id, timeout });
  return new Promise((resolve, reject) => asked.set(id, { resolve, reject }));
}

// An ask is answered with what its handler returns, anything else is acked; an exception fails it.
async function handle(handlers, message) {
  const waits = asked.get(message.re);
  if (waits) {
    asked.delete(message.re);
    if (message.type === "reply") waits.resolve(message.body);
    else waits.reject(new Error(message.reason));
    return say("ack", { id: message.id });
  }
  try {
    const answer = await handlers[message.type]?.(message);
    if (answer === LATER) return;
    if (message.type === "ask") say("reply", { re: message.id, body: answer });
    else say("ack", { id: message.id });
  } catch (error) {
    say("fail", { id: message.id, reason: String(error) });
  }
}

// handlers: {tell(message), ask(message), wake(message), exit()...}; each may be async.
export async function run(handlers) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const message = JSON.parse(line);
    if (message.type === "exit") break;
    handle(handlers, message);
  }
  await handlers.exit?.();
}
