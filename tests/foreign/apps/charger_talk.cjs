// What every foreign charger's program speaks with our test: one JSON object per line.
//
// In:  {"id", "call", "payload"} say this to the central system; {"answers": {action: payload}}
//      from now on answer so, an action without one is not known.
// Out: {"ready"} connected; {"id", "answer"} or {"id", "error"}; {"asked", "payload"} what the
//      central system asked; {"wrong"} the software complains of what the central system said.
const readline = require("node:readline");

function say(line) {
  process.stdout.write(JSON.stringify(line) + "\n");
}

function talk(call) {
  const answers = {};
  const lines = readline.createInterface({ input: process.stdin });
  lines.on("close", () => process.exit(0));
  lines.on("line", (text) => {
    const order = JSON.parse(text);
    if (order.answers) {
      Object.assign(answers, order.answers);
      return;
    }
    Promise.resolve()
      .then(() => call(order.call, order.payload))
      .then((answer) => say({ id: order.id, answer }))
      .catch((error) => say({ id: order.id, error: `${error.rpcErrorCode || error.code || error.name}: ${error.message}` }));
  });
  return answers;
}

module.exports = { say, talk, about: JSON.parse(process.argv[2]) };
