"""The charger's side of certificate messages: what it asks to have signed, and what it keeps."""

from collections.abc import Mapping

from app.simulators.charger_dialect import Answer, Message, Works
from app.simulators.charger_keyring import OWN
from app.simulators.ocpp_schemas import Payload

SIGNINGS = {
    "SignChargePointCertificate": OWN,
    "SignChargingStationCertificate": OWN,
    "SignV2GCertificate": "V2GCertificate",
    "SignV2G20Certificate": "V2G20Certificate",
}
"""What a trigger asks for."""


class Certifying:
    """What a charger answers about certificates; 1.6 and 2.x differ in a few words."""

    def __init__(self, works: Works, *, is_v16: bool) -> None:
        self._works, self._is_v16 = works, is_v16
        self.answers: Mapping[str, Answer] = {
            "CertificateSigned": self._signed,
            "InstallCertificate": self._install,
            "DeleteCertificate": self._delete,
            "GetInstalledCertificateIds": self._list,
        }

    def triggered(self, wanted: str) -> bool:
        """Whether a trigger is for a new certificate, which is then asked for."""
        use = SIGNINGS.get(wanted)
        if use is None:
            return False
        self._works.later(lambda: self.ask(use))
        return True

    async def ask(self, use: str = OWN) -> str:
        """Asks to have a new key signed; `Accepted` or not."""
        payload: Payload = {"csr": self._works.keyring.request(use)}
        if not self._is_v16:
            payload["certificateType"] = use
        answer = await self._works.tell(Message("SignCertificate", payload))
        return str(answer.get("status", ""))

    async def _signed(self, asked: Payload) -> Payload:
        use = asked.get("certificateType", OWN)
        taken = self._works.keyring.take(use, asked["certificateChain"])
        return {"status": "Accepted" if taken else "Rejected"}

    async def _install(self, asked: Payload) -> Payload:
        taken = self._works.keyring.trust(asked["certificateType"], asked["certificate"])
        return {"status": "Accepted" if taken else "Rejected"}

    async def _delete(self, asked: Payload) -> Payload:
        known = self._works.keyring.forget(asked["certificateHashData"])
        return {"status": "Accepted" if known else "NotFound"}

    async def _list(self, asked: Payload) -> Payload:
        wanted = asked.get("certificateType", [])
        found = self._works.keyring.listed([wanted] if isinstance(wanted, str) else wanted)
        if not found:
            return {"status": "NotFound"}
        if self._is_v16:
            hashed = [named for _, named in found]
            return {"status": "Accepted", "certificateHashData": hashed}
        chain = [{"certificateType": use, "certificateHashData": named} for use, named in found]
        return {"status": "Accepted", "certificateHashDataChain": chain}
