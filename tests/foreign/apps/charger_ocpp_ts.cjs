// A charger on ocpp-ts, which knows OCPP 1.6.
const { OcppClient } = require("ocpp-ts");
const { say, talk, about } = require("./charger_talk.cjs");

const ASKS = [
  "CancelReservation", "ChangeAvailability", "ChangeConfiguration", "ClearCache",
  "ClearChargingProfile", "DataTransfer", "GetCompositeSchedule", "GetConfiguration",
  "GetDiagnostics", "GetLocalListVersion", "RemoteStartTransaction", "RemoteStopTransaction",
  "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "TriggerMessage",
  "UnlockConnector", "UpdateFirmware",
];
const client = new OcppClient(about.identity);
const answers = talk((action, payload) => client.callRequest(action, payload));

for (const action of ASKS) {
  client.on(action, (payload, answer) => {
    say({ asked: action, payload });
    answer(answers[action] || { status: "Rejected" });
  });
}
client.on("error", (error) => say({ wrong: `${error}` }));
client.on("connect", () => say({ ready: true }));
const proof = Buffer.from(`${about.identity}:${about.password}`).toString("base64");
client.connect(`${about.url}/`, { Authorization: `Basic ${proof}` });
