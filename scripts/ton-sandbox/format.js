"use strict";
// TON's structures as the toncenter v2 API writes them.
const { beginCell, storeMessage, storeTransaction, Cell, Address } = require("@ton/core");

const ZERO_HASH = Buffer.alloc(32).toString("base64");

function hashText(number) {
  return Buffer.from(number.toString(16).padStart(64, "0"), "hex").toString("base64");
}

function addressText(address) {
  return address && address.workChain !== undefined ? address.toString({ bounceable: true, urlSafe: true }) : "";
}

function comment(body) {
  const slice = body.beginParse(true);
  if (body.isExotic || slice.remainingBits < 32 || slice.remainingBits % 8 !== 0 || slice.loadUint(32) !== 0) {
    return null;
  }
  try {
    return slice.loadStringTail();
  } catch {
    return null;
  }
}

function message(source) {
  const info = source.info;
  const body = source.body;
  const init = source.init ? cellOf(source).toBoc().toString("base64") : "";
  const text = comment(body);
  const base = {
    "@type": "raw.message",
    hash: cellOf(source).hash().toString("base64"),
    source: addressText(info.src),
    destination: addressText(info.dest),
    value: "0",
    extra_currencies: [],
    fwd_fee: "0",
    ihr_fee: "0",
    created_lt: "0",
    body_hash: body.hash().toString("base64"),
    msg_data: { "@type": "msg.dataRaw", body: body.toBoc().toString("base64"), init_state: init },
    message: text ?? body.toBoc().toString("base64"),
  };
  if (info.type === "internal") {
    base.value = info.value.coins.toString();
    base.fwd_fee = info.forwardFee.toString();
    base.ihr_fee = info.ihrFee.toString();
    base.created_lt = info.createdLt.toString();
  }
  return base;
}

function cellOf(source) {
  return beginCell().store(storeMessage(source)).endCell();
}

// What the ledger keeps of a transaction: the API's form, which holds the whole cell.
function transaction(source, address) {
  const cell = beginCell().store(storeTransaction(source)).endCell();
  const description = source.description;
  const storage = description.storagePhase ? description.storagePhase.storageFeesCollected : 0n;
  const total = source.totalFees.coins;
  const lt = source.lt.toString();
  const hash = cell.hash().toString("base64");
  return {
    "@type": "raw.transaction",
    address: { "@type": "accountAddress", account_address: addressText(address) },
    account: address.toRawString(),
    utime: source.now,
    data: cell.toBoc().toString("base64"),
    transaction_id: { "@type": "internal.transactionId", lt, hash },
    fee: total.toString(),
    storage_fee: storage.toString(),
    other_fee: (total - storage).toString(),
    in_msg: source.inMessage ? message(source.inMessage) : undefined,
    out_msgs: source.outMessages.values().map(message),
  };
}

function stackOut(item) {
  switch (item.type) {
    case "int":
      return ["num", item.value < 0n ? "-0x" + (-item.value).toString(16) : "0x" + item.value.toString(16)];
    case "cell":
    case "slice":
    case "builder":
      return [item.type, { bytes: item.cell.toBoc().toString("base64") }];
    case "null":
      return ["list", { "@type": "tvm.list", elements: [] }];
    case "nan":
      return ["num", "NaN"];
    case "tuple":
      return ["tuple", { "@type": "tvm.tuple", elements: item.items.map(elementOut) }];
    default:
      throw new Error(`unsupported stack item ${item.type}`);
  }
}

function elementOut(item) {
  switch (item.type) {
    case "int":
      return { "@type": "tvm.stackEntryNumber", number: { "@type": "tvm.numberDecimal", number: item.value.toString() } };
    case "cell":
      return { "@type": "tvm.stackEntryCell", cell: { "@type": "tvm.cell", bytes: item.cell.toBoc().toString("base64") } };
    case "slice":
      return { "@type": "tvm.stackEntrySlice", slice: { "@type": "tvm.slice", bytes: item.cell.toBoc().toString("base64") } };
    default:
      return { "@type": "tvm.stackEntryList", list: { "@type": "tvm.list", elements: [] } };
  }
}

function stackIn([type, value]) {
  switch (type) {
    case "num":
    case "int":
      return { type: "int", value: BigInt(value) };
    case "cell":
    case "tvm.Cell":
      return { type: "cell", cell: Cell.fromBase64(value.bytes ?? value) };
    case "slice":
    case "tvm.Slice":
      return { type: "slice", cell: Cell.fromBase64(value.bytes ?? value) };
    case "null":
      return { type: "null" };
    default:
      throw Object.assign(new Error(`unsupported stack item ${type}`), { code: 542 });
  }
}

function parseAddress(text) {
  try {
    return Address.parse(text);
  } catch {
    throw Object.assign(new Error("Incorrect address"), { code: 416 });
  }
}

module.exports = { ZERO_HASH, addressText, hashText, parseAddress, stackIn, stackOut, transaction };
