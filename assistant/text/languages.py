"""Words of the languages, besides English, in which news is cut into sentences, dated and searched."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.text.letters import fold

_WORD = re.compile(r"\w+")

ENGLISH = frozenset(
    """a about after again against all also am an and any are as at be because been before being between
            both but by can could did do does doing down during each few for from further had has have having he
            her here hers him his how i if in into is it its itself just me more most my no nor not now of off
            on once only or other our out over own s said same say says she should so some such t than that the
            their them then there these they this those through to too under until up very was we were what when
            where which while who whom whose why will with would you your""".split()
)
"""The most frequent words of English."""


@dataclass(frozen=True)
class Language:
    """What must be known of a language to cut and date its texts."""

    stopwords: frozenset[str]
    """Its most frequent words, folded."""
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    before_name: str
    """Abbreviations that never end a sentence, separated by spaces; `_` is where a space may be."""
    before_number: str
    """Abbreviations that continue a sentence only before a number."""
    before_either: str
    """Abbreviations that may end a sentence: it ends if a stop word follows."""
    has_ordinals: bool = False
    """Whether `3.` means third."""

    @cached_property
    def never_ends(self) -> re.Pattern[str]:
        """Matches a text that ends in an abbreviation of `before_name`, or in the first part of `z. B.`"""
        every = f"{self.before_name} {self.before_number} {self.before_either}".split()
        beginnings = (each[:at] for each in every for at, letter in enumerate(each) if letter == "_")
        return _ending([*self.before_name.split(), *(each.removesuffix(".") for each in beginnings)])

    @cached_property
    def continues_before_number(self) -> re.Pattern[str]:
        """Matches a text that ends in an abbreviation of `before_number`."""
        return _ending(self.before_number.split())

    @cached_property
    def may_end(self) -> re.Pattern[str]:
        """Matches a text that ends in an abbreviation of `before_either`, or in an ordinal number."""
        return _ending(self.before_either.split(), [r"\d{1,3}"] if self.has_ordinals else [])


def _ending(abbreviations: Sequence[str], patterns: Sequence[str] = ()) -> re.Pattern[str]:
    words = [re.escape(each).replace("_", r"\s?") for each in abbreviations]
    return re.compile(rf"(?:^|(?<=[\s(\"“„«»'’–—/-]))(?:{'|'.join([*words, *patterns])})\.$", re.IGNORECASE)


LANGUAGES: Mapping[str, Language] = {
    "de": Language(
        frozenset(
            """aber als am an auch ausserdem dabei danach dann dazu dort gestern heute spater zudem auf aus bei bis
            das dass dem den der des die dies diese dieser doch durch ein eine einem einen einer eines er es fur
            gegen haben hat hatte ich im in ist jedoch kein keine konnen man mehr mit nach nicht noch nun nur
            oder sein seine seit sich sie sind so sowie uber um und unter vom von vor war waren wegen wenn
            werden wie wir wird wurde wurden zu zum zur zwischen wer wen wem was wann wo warum welche welcher
            welches""".split()
        ),
        (
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ),
        ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonnabend", "Sonntag"),
        "Dr Prof Hr Hrn Fr Frl Dipl Ing Mag Abg Präs Gen St Bgm z._B d._h u._a i._d._R o._ä bzw ca vgl gem inkl exkl "
        "evtl ggf sog bspw einschl geb gest verh Tel",
        "Nr Abs Art Bd Kap S Ziff",
        "usw etc Mio Mrd Tsd Jh Jhdt v._Chr n._Chr Str Co a._D",
        has_ordinals=True,
    ),
    "fr": Language(
        frozenset(
            """a ainsi apres au aussi aux avait avant avec c car ce cela ces cet cette comme d dans de depuis des
            deux dont du elle elles en entre est et etait etaient ete etre fait il ils j je l la le les leur
            leurs lors lui mais meme n ne ni nous on ont ou par pas plus pour qu que qui s sa sans se selon ses
            si son sont sous sur tous tout un une vers vous y quand quel quelle comment pourquoi""".split()
        ),
        (
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ),
        ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        "MM Mme Mmes Mlle Mlles Mgr Dr Pr Me St Ste av apr env p._ex cf c.-à-d hab",
        "art vol chap pp p fig n",
        "etc boul bd",
    ),
    "es": Language(
        frozenset(
            """a al ante antes aunque como con contra cuando de del desde despues donde dos durante e el ella ellos
            en entre era es esa ese esta estaba este esto estos fue fueron ha habia han hasta la las le les lo
            los mas mientras muy ni no o para pero por porque que quien se segun ser si sin sobre son su sus
            tambien tras un una uno y ya cual cuales""".split()
        ),
        (
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ),
        ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
        "Sr Sra Srta Sres Dr Dra Dña Lic Ing Prof Gral Cnel Pdte Ud Uds p._ej aprox Avda Av Sto Sta",
        "núm núms pág págs art cap vol n",
        "etc EE._UU JJ._OO S._A Cía a._C d._C",
    ),
    "it": Language(
        frozenset(
            """a ad agli ai al alla alle anche che chi ci col come con contro cui da dagli dai dal dalla dalle
            degli dei del della delle dello di dopo dove due e ed era erano fra gli ha hanno i il in l la le lo
            loro ma mentre nei nel nella nelle nello non o ogni per perche piu prima quando quanto quella quello
            questa questo se secondo senza si sono sta stata stato su sua sui sul sulla sulle suo tra un una uno
            quale quali""".split()
        ),
        (
            "gennaio",
            "febbraio",
            "marzo",
            "aprile",
            "maggio",
            "giugno",
            "luglio",
            "agosto",
            "settembre",
            "ottobre",
            "novembre",
            "dicembre",
        ),
        ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
        "Sig Sigg Sig.ra Dott Dott.ssa Prof Prof.ssa Ing Avv On Arch Geom Gen Col Mons S SS p._es ca tel",
        "n nr pag pagg art artt cap vol",
        "ecc S.p.A S.r.l a._C d._C",
    ),
    "pt": Language(
        frozenset(
            """a ainda ao aos apos as ate com como contra da das de depois desde do dos e ela eles em entre era
            esta estava este foi foram ha isso ja mais mas mesmo muito na nas nao nem no nos o onde os ou para
            pela pelas pelo pelos por porque quando que quem se segundo sem ser seu seus sob sobre sua suas
            tambem tem um uma umas uns qual quais""".split()
        ),
        (
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ),
        ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"),
        "Sr Sra Srs Sras Dr Dra Prof Profa Eng Exmo Exma Gen Cel p._ex aprox Av",
        "núm pág págs art cap vol n",
        "etc E.U.A S._A Ltda Cia a._C d._C",
    ),
    "nl": Language(
        frozenset(
            """aan al als bij dan dat de der deze die dit door een en er geen haar had heb hebben heeft hem het hij
            hun ik in is ja je kan maar meer men met na naar niet nog nu of om omdat onder ons ook op over te
            tegen tot toen tussen uit van vanaf veel volgens voor waar waren was we wel werd werden wie wordt
            worden zal ze zegt zei zich zij zijn zo zou wat wanneer waarom welke""".split()
        ),
        (
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ),
        ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
        "dhr mevr mw mr drs ir ing dr prof ds mgr bijv d._w._z o._a m._n t._a._v i._v._m ca zgn St",
        "nr blz art hfst",
        "enz e._d mln mld",
    ),
}
"""The languages by their ISO 639 code."""

MONTHS: Mapping[str, int] = {
    name.lower(): number for language in LANGUAGES.values() for number, name in enumerate(language.months, 1)
}
"""Names of months in these languages, in lower case. No two languages use one name for different months."""

WEEKDAYS = frozenset(name.lower() for language in LANGUAGES.values() for name in language.weekdays)

LOOKED_AT = 1_000
"""Characters of a text from which its language is told."""

FEWEST = 2
LEAST_SHARE = 0.15
"""A text has a language if at least this many of its words, and this share of them, are stop words of the language, and
more than are English stop words."""


def language_of(text: str) -> Language | None:
    """Return the language of a text, told by its stop words; None for English and all other languages.

    >>> language_of("Der Rat stimmte am Montag für die neue Brücke.") is LANGUAGES["de"]
    True
    >>> language_of("The council met in Los Angeles and De la Rosa spoke.") is None
    True
    """
    words = [word for word in _WORD.findall(fold(text[:LOOKED_AT])) if len(word) > 1]
    counts = {code: sum(word in each.stopwords for word in words) for code, each in LANGUAGES.items()}
    best = max(counts, key=counts.__getitem__)
    english = sum(word in ENGLISH for word in words)
    enough = counts[best] > english and counts[best] >= max(FEWEST, LEAST_SHARE * len(words))
    return LANGUAGES[best] if enough else None
