"""Mails about signing in, in the languages of the house."""

_SUBJECTS = {
    "en": "Your code for {platform}",
    "de": "Ihr Code für {platform}",
    "fr": "Votre code pour {platform}",
    "nl": "Uw code voor {platform}",
    "es": "Su código para {platform}",
}
_CODES = {
    "en": (
        "Your code to sign in to {platform} is {code}.",
        "It works once, for ten minutes, in the app or browser that asked for it.",
        (
            "Nobody from {platform} will ever ask you for it. If you did not want to sign in, you "
            "need not do anything."
        ),
    ),
    "de": (
        "Ihr Code zum Anmelden bei {platform} ist {code}.",
        (
            "Er gilt einmal, zehn Minuten lang, in der App oder dem Browser, wo Sie ihn "
            "angefordert haben."
        ),
        (
            "Niemand von {platform} wird Sie je danach fragen. Wenn Sie sich nicht anmelden "
            "wollten, brauchen Sie nichts zu tun."
        ),
    ),
    "fr": (
        "Votre code pour vous connecter à {platform} est {code}.",
        (
            "Il est valable une fois, pendant dix minutes, dans l'application ou le navigateur "
            "qui l'a demandé."
        ),
        (
            "Personne de {platform} ne vous le demandera jamais. Si vous ne vouliez pas vous "
            "connecter, vous n'avez rien à faire."
        ),
    ),
    "nl": (
        "Uw code om in te loggen bij {platform} is {code}.",
        "Hij werkt één keer, tien minuten lang, in de app of browser die erom vroeg.",
        (
            "Niemand van {platform} zal u er ooit om vragen. Als u niet wilde inloggen, hoeft u "
            "niets te doen."
        ),
    ),
    "es": (
        "Su código para iniciar sesión en {platform} es {code}.",
        "Sirve una vez, durante diez minutos, en la aplicación o el navegador que lo pidió.",
        (
            "Nadie de {platform} se lo pedirá jamás. Si no quería iniciar sesión, no tiene que "
            "hacer nada."
        ),
    ),
}
LANGUAGES = tuple(_CODES)


def code_mail(language: str, code: str, platform: str) -> tuple[str, str]:
    """Subject and text of the mail with a code; the subject, seen on locked screens, has none."""
    chosen = language if language in _CODES else "en"
    paragraphs = (line.format(code=code, platform=platform) for line in _CODES[chosen])
    return _SUBJECTS[chosen].format(platform=platform), "\n\n".join(paragraphs) + "\n"
