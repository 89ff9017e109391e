"""Abbreviations of the region's press that carry a full stop, month names, and words that begin sentences.

An entry in small letters stands for any case; one with a capital only for itself (`Gen.` but not Turkish `gen`).
"""

from __future__ import annotations

# A name or the rest of a phrase follows: the full stop never ends the sentence.
BEFORE_NAMES = frozenset(
    """
    dr mr prof gđa gdin gđica gosp gđ akad ing inž dipl sv prim doc spec sc npr tzv odn tj ul bul ulic kap puk
    др мр проф гђа гдин госп акад инг инж дипл прим доц нпр тзв одн тј бул ул т.нар т.н пр напр гр кв обл общ ген полк
    д-р г-жа г-н г-ѓа г-дин св инспекц жк
    izr univ Ga Gdč ga.  t.i t.im
    znj p.sh rr bul sh.p zt prof. inxh akad
    dl dna d-na d-l str bd jud com mun lect conf bul sos șos ex
    κα κος δρ καθ αγ λεωφ π.χ δηλ βλ οδ Αγ Στρ υπ
    sn yrd av doç öğr bkz örn cad mah sok Alb Gen Org Kor Tüm Yzb Bnb Alb Uzm Op inş Apt Blv Sk
    mrs ms messrs rev hon Gen Col Lt Sgt Capt Sen Rep Gov Maj Cmdr Adm St Mt Ft e.g i.e vs approx dept Pres Amb
    """.split()
)
# A number follows: the full stop does not end the sentence then.
BEFORE_NUMBERS = frozenset(
    """
    br čl st tač str god tel pogl sl stav toč odj al art alin par nr no nos fig vol p pp s sec ch sek
    бр чл ст тач стр год тел пог сл ал т с по пар
    št gl neni shek gjin neni pkt
    αρ αριθ αριθμ παρ σελ τηλ αρθ
    sf md cilt
    jan feb mar apr jun jul aug sep sept oct nov dec pon uto sri čet pet sub ned
    """.split()
)
# They close a list, a measure or a firm's name: the full stop ends the sentence when a capital letter follows.
MAY_END = frozenset(
    """
    itd itn sl ipd idr dr god g n.e p.n.e pr.n.e d.o.o a.d d.d j.p o.d u.d mil mlrd mio mrd din eur kn sek min km kg cm
    mm ha st ur inc ltd co corp plc llc jr sr etc al a.m p.m am pm etj sh.p.k sh.a mld mln s.a s.r.l ş.a vb vs vd a.ş
    итд итн сл др год г н.е п.н.е а.д д.о.о д.д мил млрд млн дин мин км кг т.н т.д ч лв в ден ст ал чл
    ș.a ș.a.m.d ş.a.m.d κ.ά κ.λπ κλπ κ.α κ.τ.λ κτλ εκατ δισ χιλ αι μ.μ π.μ π.χ. μ.χ α.ε ο.ε ε.ε στρ
    """.split()
) | {"π.Χ", "μ.Χ", "Jr", "Sr"}

MONTHS = frozenset(
    """
    januar februar mart april maj jun juni jul juli avgust august septembar oktobar novembar decembar
    januara februara marta aprila maja juna jula avgusta augusta septembra oktobra novembra decembra
    januarja februarja marca junija julija oktober november december september
    siječanj veljača ožujak travanj svibanj lipanj srpanj kolovoz rujan listopad studeni prosinac
    siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga studenog prosinca
    јануар фебруар март април мај јун јул август септембар октобар новембар децембар
    јануара фебруара марта априла маја јуна јула августа септембра октобра новембра децембра
    јануари февруари јуни јули септември октомври ноември декември януари май юни юли
    janar shkurt mars prill maj qershor korrik gusht shtator tetor nëntor dhjetor
    ianuarie februarie martie aprilie mai iunie iulie septembrie octombrie noiembrie decembrie
    ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου
    ocak şubat nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
    january february march june july
    """.split()
)

# Folded words before a date that a year with a full stop closes (Serbian, Croatian, Bosnian, Montenegrin, Slovene).
DATE_OPENERS = frozenset("u v od do na za dana dne dan godine leta posle poslije nakon prije pre krajem".split())

# Common first words: after a dotted acronym (`the U.S. The`) they tell a new sentence from a name (`the U.N. Council`).
STARTERS = frozenset(
    """
    The He She It They We You I In On At But And A An This That These Those His Her Their Its As For From With After
    There When While If However Another Some Many Tickets
    U Na On Ona Oni To Taj Ovo Ali A Iz Za Od Do Po Kada Kad Kako Posle Poslije Nakon Prema Zbog Tamo Nije Je Sve Samo
    У На Он Она Они То Тај Ово Али А Из За Од До По Када Како После Према Због Тамо Није Се Све Само Во Тоа Но Това Той
    V Pa Po Ob Ko Ta Vendar
    Në Ai Ajo Ata Kjo Ky Por Pas Kur Nga Për Me Një
    În La El Ea Ei Dar După Când Din Pe Un O Acolo Acesta Aceasta
    Ο Η Το Οι Τα Στο Στη Στην Στις Στον Αλλά Και Μετά Όταν Αυτό Εκεί Από Για Ένας Μια
    Bu Bir O Ve Ancak Ama Sonra Bunun Onun
    """.split()
)
