"""Words and letters by which the languages of the region are told apart, as their readers type them (folded)."""

from __future__ import annotations

# Frequent words of each language, typed without diacritics. A word speaks for every language that lists it, so a word
# shared by neighbours must stand in both lists.
_LATIN = {
    "sh": """
        u i su koji koja koje kojeg kojem koju s sa kada sta sto gde gdje ko tko ce nije nisu bio bila bilo bili nakon
        posle poslije prije pre zbog protiv izmedju izmedu kod iz jer dok ako moze mogu jos sam smo nema sve svi ovo
        ovaj ova taj tog njega njegov njihov samo vise manje danas juce sutra sjutra godine godini rekao rekla
        zasto koliki kojim kojima ili kao nego bude budu hoce ove ovih tih uz prema preko treba zar bi bih je na da se
        za od do o po ne ali te kad kako koliko ima imaju svoj tako vec bez pod nad medju medu pri njih im ga mu nas
        nece bez oko jedan jedna kaze kazu iako toga koga cemu veoma vrlo tom kojoj necu ovom bismo biste ste trebalo
        kakav kakva kakvo kakve kakvi kakvu kakvih kakvom kakvim kolika kolike koliku cija cije ciji ciju odakle kuda
        negdje negde nigdje nigde ovdje ovde ondje onde sada tada uvijek uvek mozda molim hvala
    """,
    "sl": """
        v in ki so kaj kdaj kje kdo bo bodo ni kot pri ter pa ker zakaj kateri katera katero katere tudi med pred
        niso ima jih njih lahko vceraj jutri leta letu letih vec vendar ampak saj sta sem ste bil bila bili bilo naj
        kjer kako bi zaradi proti brez okoli pod nad iz do vsi vse vsak kakor nato zato svoj svojo ze tem tega
        povedal dejal dejala komu koga cesa kam kod z s k je na da se za od o po ne ali te ko koliko ga mu jim
        ce sele le ta to ti tej teh njegov njegova njeni nasi bomo smo imajo bolj najbolj zelo celo prav prvi prva
        ob okrog skupaj potem tako tam tukaj svoje svojih nekaj nihce nic treba mora morajo ali kdor sicer
        kaksen kaksna kaksno kaksni kaksne kaksnih kaksnega cigav cigava koliksen koliksna koliksno odkod zdaj danes
        dober prosim hvala vedno morda nekje nikjer
    """,
    "en": """
        the of and is to who what when where which how did was were for on with by has have are that from an at be it
        as this will would about after why does he she they his her their its or but not been said than in i we you a
        if out up so no more do says over between had can all there who's into one new
    """,
    "sq": """
        eshte ne dhe te se per me nga qe cfare kush ku si sa nje do e u cili cila pse jane kane ka kjo ky keto duke
        edhe por ishte i ose pas para tha nuk mund kur cilat cilet kosove shqiperi ndaj mes nen mbi deri gjate
        ai ajo ata tij saj tyre kishte jo ta ti dy kete atij vetem shume si nese asnje kur prej sipas derisa kane
    """,
    "ro": """
        este in si de la a cu pe pentru care cine ce cand unde cum cat au fost din un o nu mai sunt sau prin dupa
        ale al ai ca sa se va vor fi era despre intre fata acest aceasta lui lor sai pana catre ii iar ar i le s am
        noi el ea ei am avea fie doar cel cea cei cele decat insa asupra spus te ne ar
    """,
    "tr": """
        ve bir bu ne kim nerede zaman icin ile da de mi nasil kac hangi oldu olan neden mu var kadar olarak gibi
        daha cok sonra once ama degil niye kimin dedi etti gore tarafindan yil ise her en o midir nedir kimdir
        ki ya hem sey olmak cunku bunu onun olduğunu oldugunu icinde uzerinde yeni son yok diye eden ancak ben biz
    """,
}
_CYRILLIC = {
    "sr": """
        је у и су који која које са када шта где ко ће није нису после пре због против између код из јер ако још као
        сам смо нема све сви овај ова тај његов данас јуче сутра године рекао каже зашто или ли би била били бити
        на да се за од до о по не али те како колико има свој тако већ без под над међу при њих им га му што то нас
        само више бих који којој којих којима овог овом тог том дана њега био било кад док те јој неће године због
    """,
    "mk": """
        во со од што дека кој која кое кои каде кога ќе го ја ги му не им бил била беше по меѓу поради или еден една
        нема има сите оваа овој тоа тие рече вели зошто откако пред исто така денес вчера утре година години како
        колку против веќе може треба ние се потоа најмногу и на да за до о но без под над при уште кон низ овие тој
        таа нив ме сум сме бидат биде своите својот својата само повеќе нивните неговата неговиот според нешто ова ни
        беа сакам сака може тука дали дел кон едно а додека кога бидејќи околу меѓутоа никогаш
    """,
    "bg": """
        в във с със от че кой коя кое кои къде кога ще го я ги му им бил била беше по между заради или един една няма
        всички тази този това тези каза казва защо след преди също днес вчера утре година години как колко против вече
        може трябва ние се какво какви за което които до при най над и на да не но без под още към през има той тя
        те само повече според както пред бъде са е си или ако ми ни вас нас около много тъй а докато когато бе бяха
    """,
}


def _speakers(tables: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Each word with the languages that list it."""
    sets = {language: set(words.split()) for language, words in tables.items()}
    every = {word for words in sets.values() for word in words}
    return {word: tuple(language for language, words in sets.items() if word in words) for word in every}


TELLING_WORDS = {"Latn": _speakers(_LATIN), "Cyrl": _speakers(_CYRILLIC)}

# Words that tell a language by how they are written, or by opening the question: Slovene has "sta" and "ko" too, but
# neither with a caron nor, in the sense of "when" and of the dual, at the beginning.
WRITTEN_WORDS = dict.fromkeys("šta što".split(), "sh")
OPENING_WORDS = dict.fromkeys("ko sta sto".split(), "sh")

# Letters that settle the matter, by the language that alone has them (of those written in that script).
TELLING_LETTERS = {
    **dict.fromkeys("ѓќѕ", "mk"),
    **dict.fromkeys("ђћ", "sr"),
    **dict.fromkeys("йщъьюя", "bg"),
    **dict.fromkeys("ëç", "sq"),
    **dict.fromkeys("șțăţâ", "ro"),
    **dict.fromkeys("ğı", "tr"),
    **dict.fromkeys("đć", "sh"),
}

# Telling Serbian, Croatian, Bosnian and Montenegrin apart: word beginnings, folded, with the varieties that use them.
VARIETY_WORDS = {
    "hr": """
        tko sto tjedan tjedn tisuc vlak kruh zrakoplov sijecanj sijecnj veljac ozujak ozujk travanj travnj svibanj
        svibnj lipanj lipnj srpanj srpnj kolovoz rujan rujn listopad studeni studenog prosinac prosinc tijekom
        europ povijest opcin uporab priopc izvjesc glede gospodarst sveucilist nogomet kolodvor glazb tocn
        znanstven vijec ravnatelj cimbenik suradnj sudjelova tajnik promidzb obitelj sigurnos uvjet uspjeh naklad
        otok kazalist tvrtk ozlijed stoljec izvor netko nitko itko ukljuc premda zbilj nazoc ozracj
    """,
    "bs": """
        sedmic historij evropsk predsjedavajuc zvanic hiljadu opcinsk saopc saopst uposl vijece nedjelj lahko
        mehk kahv opcin hiljad evrop sta ko univerzitet hljeb avion ustav entitet kanton
        federacij dejton visegrad bosnjac bosnjak bosanskohercegov bih prijedlog sudjelova sarajev saobracaj
        premijer januar februar decembar novembar oktobar septembar avgust august juli juni zvanicni
    """,
    "sr-Latn": """
        sta ko hiljad evrop opstin istorij nedelj univerzitet pozoriste vlad srbij beograd predsednik sednic posle
        pre gde ovde vreme vremen mest mesec dete dec cove reka reke rec vest lep uvek vide hte zele mleko resenj
        promen cen uspeh mer potreb svet sever saobracaj premijer januar februar decembar novembar oktobar septembar
        avgust juli juni zvanicn del deo uslov bezbed takodje takode srps vucic
    """,
    "cnr": """
        sjutra sjutradan nijesam nijesi nijesmo nijeste nijesu djetic podgoric cetinj niksic crnogor opstin istorij
    """,
}
