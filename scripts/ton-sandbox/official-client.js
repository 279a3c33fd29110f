"use strict";
// What the official client sees of an account: prints one line of JSON. node official-client.js URL ADDRESS
const { Address } = require("@ton/core");
const { TonClient } = require("@ton/ton");

async function main() {
  const [url, text] = process.argv.slice(2);
  const client = new TonClient({ endpoint: `${url}/api/v2/jsonRPC` });
  const address = Address.parse(text);
  const state = await client.getContractState(address);
  const transactions = await client.getTransactions(address, { limit: 100 });
  const master = await client.getMasterchainInfo();
  let seqno = null;
  try {
    seqno = (await client.runMethod(address, "seqno")).stack.readNumber();
  } catch {
    // The contract has no such method or is not there.
  }
  console.log(JSON.stringify({
    balance: (await client.getBalance(address)).toString(),
    state: state.state,
    seqno,
    latestSeqno: master.latestSeqno,
    transactions: transactions.map((transaction) => ({
      lt: transaction.lt.toString(),
      hash: transaction.hash().toString("hex"),
      outMessages: transaction.outMessagesCount,
    })),
  }));
}

main().catch((problem) => {
  console.error(problem);
  process.exit(1);
});
