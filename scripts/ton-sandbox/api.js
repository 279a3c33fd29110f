"use strict";
// The methods of the toncenter v2 API, and a few with a leading underscore that only a test chain has.
const { Address, Cell, Dictionary, beginCell, external, loadTransaction, storeMessage } = require("@ton/core");
const format = require("./format");

const BASE_SHARD = "-9223372036854775808";
const LIMIT_MAX = 100;

function api(chain) {
  return {
    getMasterchainInfo: () => ({
      "@type": "blocks.masterchainInfo",
      last: blockId(-1, chain.seqno),
      state_root_hash: format.ZERO_HASH,
      init: blockId(-1, 0),
    }),
    getAddressInformation: async ({ address }) => information(chain, format.parseAddress(address)),
    getExtendedAddressInformation: async ({ address }) => extended(chain, format.parseAddress(address)),
    getWalletInformation: async ({ address }) => wallet(chain, format.parseAddress(address)),
    getAddressBalance: async ({ address }) => (await information(chain, format.parseAddress(address))).balance,
    getAddressState: async ({ address }) => (await information(chain, format.parseAddress(address))).state,
    getTransactions: ({ address, limit = 10, lt, hash, to_lt = 0 }) =>
      chain.transactions(format.parseAddress(address), {
        limit: Math.min(Number(limit), LIMIT_MAX),
        lt,
        hash: hash === undefined ? undefined : normalHash(hash),
        toLt: BigInt(to_lt),
      }),
    runGetMethod: (params) => runGetMethod(chain, params),
    sendBoc: async ({ boc }) => {
      await chain.send(boc);
      return { "@type": "ok" };
    },
    sendBocReturnHash: async ({ boc }) => {
      const cell = await chain.send(boc);
      return { "@type": "raw.extMessageInfo", hash: cell.hash().toString("base64") };
    },
    estimateFee: (params) => estimateFee(chain, params),
    getConfigParam: ({ param, config_id }) => configParam(chain, Number(param ?? config_id)),
    shards: ({ seqno }) => ({ "@type": "blocks.shards", shards: [blockId(0, Number(seqno))] }),
    getBlockTransactions: ({ workchain, shard, seqno }) => blockTransactions(chain, Number(workchain), shard, Number(seqno)),
    _faucet: async ({ address, amount, comment }) => {
      const body = comment === undefined || comment === null ? undefined : beginCell().storeUint(0, 32).storeStringTail(comment).endCell();
      await chain.faucet(format.parseAddress(address), BigInt(amount), body);
      return { "@type": "ok" };
    },
    _advance: async ({ seconds }) => {
      await chain.advance(Number(seconds));
      return { time: chain.time() };
    },
    _drop: ({ probability }) => {
      chain.drop = Number(probability);
      return { "@type": "ok" };
    },
    _stats: () => ({ ...chain.stats, seqno: chain.seqno, time: chain.time(), waiting: chain.mempool.length }),
    _save: async () => {
      await chain.saveWhenIdle();
      return { "@type": "ok" };
    },
  };
}

function blockId(workchain, seqno) {
  return {
    "@type": "ton.blockIdExt",
    workchain,
    shard: BASE_SHARD,
    seqno,
    root_hash: Buffer.alloc(32, seqno & 0xff).toString("base64"),
    file_hash: Buffer.alloc(32, (seqno >> 8) & 0xff).toString("base64"),
  };
}

function normalHash(hash) {
  return /^[0-9a-fA-F]{64}$/.test(hash) ? Buffer.from(hash, "hex").toString("base64") : hash;
}

async function information(chain, address) {
  const contract = await chain.contract(address);
  const state = contract.accountState;
  const active = state?.type === "active" ? state.state : undefined;
  return {
    "@type": "raw.fullAccountState",
    balance: contract.balance.toString(),
    extra_currencies: [],
    code: active?.code ? active.code.toBoc().toString("base64") : "",
    data: active?.data ? active.data.toBoc().toString("base64") : "",
    last_transaction_id: {
      "@type": "internal.transactionId",
      lt: contract.lastTransactionLt.toString(),
      hash: format.hashText(contract.lastTransactionHash),
    },
    block_id: blockId(-1, chain.seqno),
    frozen_hash: state?.type === "frozen" ? format.hashText(state.stateHash) : "",
    sync_utime: chain.blockTime,
    state: state?.type === "active" ? "active" : state?.type === "frozen" ? "frozen" : "uninitialized",
  };
}

async function extended(chain, address) {
  const raw = await information(chain, address);
  return {
    "@type": "fullAccountState",
    address: { "@type": "accountAddress", account_address: format.addressText(address) },
    balance: raw.balance,
    last_transaction_id: raw.last_transaction_id,
    block_id: raw.block_id,
    sync_utime: raw.sync_utime,
    account_state: { "@type": "raw.accountState", code: raw.code, data: raw.data, frozen_hash: raw.frozen_hash },
    revision: 0,
  };
}

async function wallet(chain, address) {
  const raw = await information(chain, address);
  const answer = { wallet: false, balance: raw.balance, account_state: raw.state, last_transaction_id: raw.last_transaction_id };
  const run = await runGetMethod(chain, { address: address.toRawString(), method: "seqno", stack: [] });
  return run.exit_code === 0 ? { ...answer, wallet: true, seqno: Number(run.stack[0][1]) } : answer;
}

async function runGetMethod(chain, { address, method, stack = [] }) {
  const contract = await chain.contract(format.parseAddress(address));
  if (contract.accountState?.type !== "active") {
    return { "@type": "smc.runResult", gas_used: 0, stack: [], exit_code: -13 };
  }
  const name = /^\d+$/.test(String(method)) ? Number(method) : method;
  try {
    const result = await contract.get(name, stack.map(format.stackIn), { now: chain.time() });
    return { "@type": "smc.runResult", gas_used: Number(result.gasUsed), stack: result.stack.map(format.stackOut), exit_code: result.exitCode };
  } catch (problem) {
    if (problem.exitCode === undefined) {
      throw problem;
    }
    return { "@type": "smc.runResult", gas_used: Number(problem.gasUsed ?? 0), stack: [], exit_code: problem.exitCode };
  }
}

async function estimateFee(chain, { address, body, init_code, init_data, ignore_chksig = true }) {
  const to = format.parseAddress(address);
  const init = init_code && init_data ? { code: Cell.fromBase64(init_code), data: Cell.fromBase64(init_data) } : undefined;
  const cell = beginCell().store(storeMessage(external({ to, init, body: Cell.fromBase64(body) }))).endCell();
  const outcome = await chain.tryRun(to, cell, ignore_chksig);
  if (!outcome.success) {
    throw Object.assign(new Error(`external message was not accepted, exitcode=${outcome.vmResults?.vmExitCode}`), { code: 500 });
  }
  const transaction = loadTransaction(Cell.fromBase64(outcome.transaction).beginParse());
  const description = transaction.description;
  const storage = description.storagePhase?.storageFeesCollected ?? 0n;
  const gas = description.computePhase.type === "vm" ? description.computePhase.gasFees : 0n;
  const forward = description.actionPhase?.totalFwdFees ?? 0n;
  const inForward = transaction.totalFees.coins - storage - gas - (description.actionPhase?.totalActionFees ?? 0n);
  return {
    "@type": "query.fees",
    source_fees: {
      "@type": "fees",
      in_fwd_fee: Number(inForward),
      storage_fee: Number(storage),
      gas_fee: Number(gas),
      fwd_fee: Number(forward),
    },
    destination_fees: [],
  };
}

function configParam(chain, param) {
  const config = chain.blockchain.config.beginParse().loadDictDirect(Dictionary.Keys.Int(32), Dictionary.Values.Cell());
  const cell = config.get(param);
  if (!cell) {
    throw Object.assign(new Error("LITE_SERVER_UNKNOWN: no such configuration parameter"), { code: 500 });
  }
  return { "@type": "configInfo", config: { "@type": "tvm.cell", bytes: cell.toBoc().toString("base64") } };
}

function blockTransactions(chain, workchain, shard, seqno) {
  const transactions = (chain.blocks.get(seqno) ?? [])
    .filter((entry) => Address.parseRaw(entry.account).workChain === workchain)
    .map((entry) => ({ "@type": "blocks.shortTxId", mode: 135, account: entry.account, lt: entry.lt, hash: entry.hash }));
  return { "@type": "blocks.transactions", id: { ...blockId(workchain, seqno), shard }, req_count: 40, incomplete: false, transactions };
}

module.exports = { api };
