"""Abbreviations of the region's press that carry a full stop, and month names, for sentence borders."""

from __future__ import annotations

# A name or number follows these, so the full stop never ends a sentence.
NEVER_END = frozenset(
    """
    dr mr prof g gđa gdin gđica gosp gđ mag akad ing inž dipl sv ul br čl st tač str god ugl npr tzv tj odn
    др мр проф г гђа гдин госп маг акад инг инж дипл св ул бр чл ст тач стр нпр тзв тј одн
    ga gdč univ izr doc spec tel оз т.нар т.е проф доц инж акад ген полк бул д-р
    z zj znj sh.p p.sh nr dr prof av ing art
    dl dna d-na d-l d-ului nr art al gen col str bd pt ing av lect conf
    κ κα κος δρ αρ αριθμ π.χ δηλ σελ βλ λεωφ οδ καθ αγ
    sn dr prof doç yrd av bkz örn no cad sok mah alb gen org tic
    mr mrs ms messrs rev hon gen col lt sgt capt sen rep gov st vs no fig e.g i.e jr
    """.split()
)
# These end a sentence when a capital letter follows.
MAY_END = frozenset(
    """
    itd i dr sl i sl op ur ok po n.e pr n.e a.d d.o.o a.d inc ltd co corp etj etc ş.a vb vs κ.ά κ.λπ κλπ
    итд и др сл и сл н.е и т.н т.н и т.д и пр
    """.split()
)
MONTHS = frozenset(
    """
    januar februar mart april maj juni jun juli jul avgust septembar oktobar novembar decembar
    januara februara marta aprila maja juna jula avgusta septembra oktobra novembra decembra
    """.split()
)
