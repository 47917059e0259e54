"""The mail that invites somebody into a family or fleet, in the languages of the house."""

from app.domain.groups import Group

_SUBJECTS = {
    "en": "{owner} pays for your charging: {group}",
    "de": "{owner} zahlt für Ihr Laden: {group}",
    "fr": "{owner} paie vos recharges : {group}",
    "nl": "{owner} betaalt voor uw laadsessies: {group}",
    "es": "{owner} paga sus recargas: {group}",
}
_TEXTS = {
    "en": (
        "{owner} invites you to charge at the cost of “{group}”.",
        "Your code: {code}",
        "Enter it in the app under Groups. It works once, until {until}.",
    ),
    "de": (
        "{owner} lädt Sie ein, auf Kosten von „{group}“ zu laden.",
        "Ihr Code: {code}",
        "Geben Sie ihn in der App unter Gruppen ein. Er gilt einmal, bis zum {until}.",
    ),
    "fr": (
        "{owner} vous invite à recharger aux frais de « {group} ».",
        "Votre code : {code}",
        "Saisissez-le dans l'application, sous Groupes. Il sert une seule fois, avant le {until}.",
    ),
    "nl": (
        "{owner} nodigt u uit om te laden op kosten van “{group}”.",
        "Uw code: {code}",
        "Voer hem in de app in onder Groepen. Hij werkt één keer, tot {until}.",
    ),
    "es": (
        "{owner} le invita a recargar a cuenta de «{group}».",
        "Su código: {code}",
        "Introdúzcalo en la aplicación, en Grupos. Sirve una sola vez, hasta el {until}.",
    ),
}


def invitation(
    language: str, *, group: Group, owner: str | None, code: str, until: str
) -> tuple[str, str]:
    """Subject and text; who has no name is called by that of the group."""
    known = language if language in _TEXTS else "en"
    said = {
        "owner": owner or group.name,
        "group": group.name,
        "until": until,
        "code": "-".join(code[at : at + 4] for at in range(0, len(code), 4)),
    }
    text = "\n\n".join(line.format(**said) for line in _TEXTS[known])
    return _SUBJECTS[known].format(**said), text + "\n"
