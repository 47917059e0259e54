"""What a country code tells: its three letters, and the time zone where nobody states one.

Only countries with one zone (or one that nearly all their chargers are in) are listed.
"""

_ZONES = {
    "AUT": "Europe/Vienna", "BEL": "Europe/Brussels", "BGR": "Europe/Sofia",
    "CHE": "Europe/Zurich", "CYP": "Asia/Nicosia", "CZE": "Europe/Prague",
    "DEU": "Europe/Berlin", "DNK": "Europe/Copenhagen", "ESP": "Europe/Madrid",
    "EST": "Europe/Tallinn", "FIN": "Europe/Helsinki", "FRA": "Europe/Paris",
    "GBR": "Europe/London", "GRC": "Europe/Athens", "HRV": "Europe/Zagreb",
    "HUN": "Europe/Budapest", "IRL": "Europe/Dublin", "ISL": "Atlantic/Reykjavik",
    "ISR": "Asia/Jerusalem", "ITA": "Europe/Rome", "LIE": "Europe/Vaduz",
    "LTU": "Europe/Vilnius", "LUX": "Europe/Luxembourg", "LVA": "Europe/Riga",
    "MLT": "Europe/Malta", "NLD": "Europe/Amsterdam", "NOR": "Europe/Oslo",
    "POL": "Europe/Warsaw", "PRT": "Europe/Lisbon", "ROU": "Europe/Bucharest",
    "SRB": "Europe/Belgrade", "SVK": "Europe/Bratislava", "SVN": "Europe/Ljubljana",
    "SWE": "Europe/Stockholm", "TUR": "Europe/Istanbul", "UKR": "Europe/Kyiv",
    "ARE": "Asia/Dubai", "IND": "Asia/Kolkata", "JPN": "Asia/Tokyo", "KOR": "Asia/Seoul",
    "SGP": "Asia/Singapore", "ZAF": "Africa/Johannesburg", "NZL": "Pacific/Auckland",
}  # fmt: skip
_ALPHA_2 = {
    "AT": "AUT", "BE": "BEL", "BG": "BGR", "CH": "CHE", "CY": "CYP", "CZ": "CZE", "DE": "DEU",
    "DK": "DNK", "ES": "ESP", "EE": "EST", "FI": "FIN", "FR": "FRA", "GB": "GBR", "UK": "GBR",
    "GR": "GRC", "HR": "HRV", "HU": "HUN", "IE": "IRL", "IS": "ISL", "IL": "ISR", "IT": "ITA",
    "LI": "LIE", "LT": "LTU", "LU": "LUX", "LV": "LVA", "MT": "MLT", "NL": "NLD", "NO": "NOR",
    "PL": "POL", "PT": "PRT", "RO": "ROU", "RS": "SRB", "SK": "SVK", "SI": "SVN", "SE": "SWE",
    "TR": "TUR", "UA": "UKR", "AE": "ARE", "IN": "IND", "JP": "JPN", "KR": "KOR", "SG": "SGP",
    "ZA": "ZAF", "NZ": "NZL",
}  # fmt: skip


def alpha_3(country: str) -> str:
    """ISO 3166-1 alpha-3 of a country that a partner wrote with two letters; others unchanged."""
    return _ALPHA_2.get(country.upper(), country.upper())


def guess_time_zone(country: str) -> str:
    """The IANA zone of a country (two or three letters), UTC when nothing better is known."""
    return _ZONES.get(alpha_3(country), "UTC")
