"use strict";
// A chain around @ton/sandbox's transaction executor: time, blocks, a mempool that may lose messages, and an own ledger. The sandbox's own
// transaction list is not used: it grows without end, is reversed by reading it, and cannot be paged by hash.
const fs = require("fs");
const { Address, Cell, beginCell, internal, loadMessage, storeMessageRelaxed } = require("@ton/core");
const { Blockchain, snapshotFromSerializable, snapshotToSerializable } = require("@ton/sandbox");
const format = require("./format");

const FAUCET = new Address(0, Buffer.alloc(32, 0xfa));
const EXTERNAL_BYTES_MAX = 65535;
const RATE_WINDOW_S = 10;
const RATE_MAX = 30;

class Chain {
  static async create(options) {
    const chain = new Chain(options, await Blockchain.create());
    if (options.state && fs.existsSync(options.state)) {
      await chain.load(JSON.parse(fs.readFileSync(options.state, "utf8")));
    }
    chain.blockchain.now = chain.time();
    chain.schedule();
    return chain;
  }

  constructor(options, blockchain) {
    this.options = options;
    this.blockchain = blockchain;
    this.drop = options.drop;
    this.random = mulberry32(options.seed);
    this.accounts = new Map();
    this.blocks = new Map();
    this.mempool = [];
    this.recent = new Map();
    this.seqno = 1;
    this.offset = 0;
    this.blockTime = options.time ?? Math.floor(Date.now() / 1000);
    this.stats = { accepted: 0, lost: 0, rejected: 0, discarded: 0, transactions: 0 };
    this.work = Promise.resolve();
  }

  // Chain time never goes back, whatever the machine's clock does.
  time() {
    const wall = this.options.clock === "manual" ? this.blockTime : Math.floor(Date.now() / 1000) + this.offset;
    return Math.max(this.blockTime, wall);
  }

  schedule() {
    if (this.options.blockMs > 0) {
      this.timer = setTimeout(() => this.produceBlock().finally(() => this.schedule()), this.options.blockMs);
    }
  }

  // One block at a time; whoever asks for one meanwhile waits for the next.
  produceBlock() {
    this.work = this.work.then(() => this.runBlock());
    return this.work;
  }

  async runBlock() {
    this.blockTime = this.time();
    this.blockchain.now = this.blockTime;
    const queue = this.mempool.splice(0);
    const done = [];
    while (queue.length > 0) {
      const message = queue.shift();
      const address = message.info.dest;
      const contract = await this.blockchain.getContract(address);
      this.blockchain.increaseLt();
      let result;
      try {
        result = await contract.receiveMessage(message);
      } catch (problem) {
        if (problem.constructor.name !== "EmulationError" || message.info.type !== "external-in") {
          throw problem;
        }
        this.stats.discarded++;
        continue;
      }
      done.push(this.record(result, address));
      for (const out of result.outMessages.values()) {
        if (out.info.type === "internal") {
          queue.push(out);
        }
      }
      // The API goes on answering while a long block is made.
      await new Promise(setImmediate);
    }
    this.seqno++;
    this.blocks.set(this.seqno, done);
  }

  record(result, address) {
    const transaction = format.transaction(result, address);
    const key = address.toRawString();
    const list = this.accounts.get(key) ?? [];
    list.push(transaction);
    this.accounts.set(key, list);
    this.stats.transactions++;
    return { account: key, lt: transaction.transaction_id.lt, hash: transaction.transaction_id.hash };
  }

  // Accepts or refuses an external message as a node does: by running it against the state at hand, and then maybe losing it.
  async send(boc) {
    const { cell, message } = parseExternal(boc);
    const address = message.info.dest;
    this.limitRate(address.toRawString());
    const outcome = await this.tryRun(address, cell);
    if (!outcome.success) {
      this.stats.rejected++;
      throw Object.assign(new Error(rejection(outcome, cell)), { code: 500 });
    }
    this.stats.accepted++;
    const hash = cell.hash().toString("hex");
    if (this.random() < this.drop) {
      this.stats.lost++;
    } else if (!this.mempool.some((waiting) => waiting.hash === hash)) {
      this.mempool.push({ ...message, hash });
    }
    if (this.options.blockMs === 0) {
      await this.produceBlock();
    }
    return cell;
  }

  async tryRun(address, cell, ignoreChksig = false) {
    const contract = await this.blockchain.getContract(address);
    const common = contract.createCommonArgs({ now: this.time() });
    const run = await this.blockchain.executor.runTransaction({ ...common, ignoreChksig, message: cell });
    return run.result;
  }

  limitRate(key) {
    const now = this.time();
    const times = (this.recent.get(key) ?? []).filter((time) => time > now - RATE_WINDOW_S);
    if (this.options.rateLimit && times.length >= RATE_MAX) {
      throw Object.assign(new Error(`LITE_SERVER_UNKNOWN: too many external messages to address ${key}`), { code: 500 });
    }
    times.push(now);
    this.recent.set(key, times);
  }

  async faucet(address, amount, body) {
    const relaxed = internal({ to: address, value: amount, bounce: false, body });
    const message = loadMessage(
      beginCell().store(storeMessageRelaxed({ ...relaxed, info: { ...relaxed.info, src: FAUCET } })).endCell().beginParse());
    message.info.createdAt = this.time();
    this.mempool.push(message);
    if (this.options.blockMs === 0) {
      await this.produceBlock();
    }
  }

  advance(seconds) {
    this.offset += seconds;
    if (this.options.clock === "manual") {
      this.blockTime += seconds;
    }
    return this.produceBlock();
  }

  async contract(address) {
    return this.blockchain.getContract(address);
  }

  // Newest first; (lt, hash) is where to start, itself included; toLt is left out.
  transactions(address, { limit = 10, lt, hash, toLt = 0n }) {
    const list = this.accounts.get(address.toRawString()) ?? [];
    let start = list.length - 1;
    if (lt !== undefined) {
      start = list.findIndex((item) => item.transaction_id.lt === String(lt) && (!hash || item.transaction_id.hash === hash));
      if (start < 0) {
        throw Object.assign(new Error("LITE_SERVER_UNKNOWN: cannot locate transaction in block with specified logical time"), { code: 500 });
      }
    }
    const found = [];
    for (let index = start; index >= 0 && found.length < limit && BigInt(list[index].transaction_id.lt) > toLt; index--) {
      found.push(list[index]);
    }
    return found;
  }

  save() {
    if (!this.options.state) {
      return;
    }
    const snapshot = this.blockchain.snapshot();
    snapshot.transactions = [];
    const state = {
      chain: snapshotToSerializable(snapshot),
      accounts: [...this.accounts],
      blocks: [...this.blocks],
      seqno: this.seqno,
      blockTime: this.blockTime,
      offset: this.offset,
      stats: this.stats,
    };
    fs.writeFileSync(`${this.options.state}.new`, JSON.stringify(state));
    fs.renameSync(`${this.options.state}.new`, this.options.state);
  }

  // Never in the middle of a block.
  saveWhenIdle() {
    this.work = this.work.then(() => this.save());
    return this.work;
  }

  async load(state) {
    await this.blockchain.loadFrom(snapshotFromSerializable(state.chain));
    this.accounts = new Map(state.accounts);
    this.blocks = new Map(state.blocks);
    this.seqno = state.seqno;
    this.blockTime = state.blockTime;
    this.offset = state.offset;
    this.stats = state.stats;
  }

  async stop() {
    clearTimeout(this.timer);
    await this.work;
    this.save();
  }
}

function parseExternal(boc) {
  let cell;
  let message;
  try {
    const bytes = Buffer.from(boc, "base64");
    if (bytes.length > EXTERNAL_BYTES_MAX) {
      throw new Error("external message too large");
    }
    cell = Cell.fromBoc(bytes)[0];
    message = loadMessage(cell.beginParse());
    if (message.info.type !== "external-in") {
      throw new Error("not an external message");
    }
  } catch (problem) {
    throw Object.assign(new Error(`LITE_SERVER_UNKNOWN: failed to parse external message ${problem.message}`), { code: 500 });
  }
  return { cell, message };
}

function rejection(outcome, cell) {
  const head = "LITE_SERVER_UNKNOWN: cannot apply external message to current state : External message was not accepted\n" +
    "Cannot run message on account: inbound external message rejected by ";
  const results = outcome.vmResults;
  return results
    ? `${head}transaction ${cell.hash().toString("hex").toUpperCase()}:\nexitcode=${results.vmExitCode}, steps=0, gas_used=0\nVM Log (truncated):\n`
    : `${head}account before smart-contract execution`;
}

// A small seeded generator, so that a run with losses can be repeated.
function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

module.exports = { Chain };
