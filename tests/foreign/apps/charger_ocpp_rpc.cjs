// A charger on ocpp-rpc, which checks everything that is said by the official schemas.
const { RPCClient, createRPCError } = require("ocpp-rpc");
const { say, talk, about } = require("./charger_talk.cjs");

const client = new RPCClient({
  endpoint: about.url,
  identity: about.identity,
  password: about.password,
  protocols: [about.protocol],
  strictMode: ["ocpp1.6", "ocpp2.0.1"], // it looks for the schemas of 2.1 under other names
  reconnect: false,
});
const answers = talk((action, payload) => client.call(action, payload));

client.on("strictValidationFailure", ({ error }) => say({ wrong: `${error.message}` }));
client.handle(({ method, params }) => {
  say({ asked: method, payload: params });
  if (!(method in answers)) {
    throw createRPCError("NotImplemented");
  }
  return answers[method];
});
client.connect().then(
  () => say({ ready: true }),
  (error) => {
    say({ wrong: `${error}` });
    process.exit(1);
  },
);
