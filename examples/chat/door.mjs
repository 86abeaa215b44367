// Lets visitors in over TCP: their lines go to all doors, and what comes from there to them.
import fs from "node:fs";
import net from "node:net";
import readline from "node:readline";
import { ask, run, send } from "../helpers/actor.mjs";

const visitors = new Set();
let count = 0;

async function enter(socket) {
  const name = `guest-${process.env.ACTOR_INDEX}.${++count}`;
  socket.on("error", () => {}); // its `close` follows
  socket.on("close", () => {
    if (visitors.delete(socket)) send(`${name} has left`);
  });
  socket.write((await ask("history", "").catch((e) => `(no history: ${e.message})\n`)) + `you are ${name}\n`);
  visitors.add(socket);
  send(`${name} has come`);
  for await (const line of readline.createInterface({ input: socket })) send(`${name}: ${line}`);
}

const port = Number(process.env.PORT);
const server = net.createServer((socket) => enter(socket).catch(() => socket.destroy()));
server.listen(port && port + Number(process.env.ACTOR_INDEX) - 1, "127.0.0.1", () => {
  console.error(`listening on port ${server.address().port}`);
  fs.writeSync(Number(process.env.ACTOR_READY_FD), "\n");
});

await run({
  tell: ({ body }) => visitors.forEach((socket) => socket.write(body + "\n")),
});
process.exit();
