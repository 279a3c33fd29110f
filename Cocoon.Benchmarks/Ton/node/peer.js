"use strict";
// Measures @ton/core on request. Lines in: "load BASE64", "parse MS", "serialise MS"; one line of JSON out for each.
const readline = require("readline");
const { Cell } = require("@ton/core");

let boc = null;
let cell = null;

function rate(action, milliseconds) {
  const start = process.hrtime.bigint();
  const end = start + BigInt(milliseconds) * 1000000n;
  let count = 0;
  let now = start;
  while (now < end) {
    action();
    count++;
    now = process.hrtime.bigint();
  }
  return count / (Number(now - start) / 1e9);
}

const commands = {
  load(argument) {
    boc = Buffer.from(argument, "base64");
    cell = Cell.fromBoc(boc)[0];
    return { hash: cell.hash().toString("hex"), boc: cell.toBoc().toString("base64") };
  },
  parse: (argument) => ({ rate: rate(() => Cell.fromBoc(boc)[0].hash(), Number(argument)) }),
  serialise: (argument) => ({ rate: rate(() => cell.toBoc(), Number(argument)) }),
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const [command, argument] = line.split(" ");
  console.log(JSON.stringify(commands[command](argument)));
});
