// Heading and explanation of the chat page, a line a language.

/** @type {Record<string, [title: string, lead: string]>} */
export default {
  en: ['Ask about Balkan news', 'Every answer is quoted word for word from the archive, with outlet, date and a link. What the archive does not hold, Telal does not answer.'],
  sq: ['Pyesni për lajmet e Ballkanit', 'Çdo përgjigje citohet fjalë për fjalë nga arkivi, me median, datën dhe lidhjen. Çfarë nuk ka arkivi, Telali nuk e përgjigjet.'],
  bs: ['Pitajte o vijestima s Balkana', 'Svaki odgovor je citiran od riječi do riječi iz arhive, s medijem, datumom i linkom. Na ono čega u arhivi nema, Telal ne odgovara.'],
  cnr: ['Pitajte o vijestima sa Balkana', 'Svaki odgovor je citiran od riječi do riječi iz arhive, sa medijem, datumom i linkom. Na ono čega u arhivi nema, Telal ne odgovara.'],
  hr: ['Pitajte o vijestima s Balkana', 'Svaki je odgovor citiran od riječi do riječi iz arhive, s medijem, datumom i poveznicom. Na ono čega u arhivi nema, Telal ne odgovara.'],
  ro: ['Întrebați despre știrile din Balcani', 'Fiecare răspuns este citat cuvânt cu cuvânt din arhivă, cu publicația, data și legătura. La ce nu se află în arhivă, Telal nu răspunde.'],
  sl: ['Vprašajte o novicah z Balkana', 'Vsak odgovor je od besede do besede naveden iz arhiva, z medijem, datumom in povezavo. Na tisto, česar v arhivu ni, Telal ne odgovarja.'],
  'sr-Latn': ['Pitajte o vestima sa Balkana', 'Svaki odgovor je citiran od reči do reči iz arhive, sa medijem, datumom i vezom. Na ono čega u arhivi nema, Telal ne odgovara.'],
  tr: ['Balkan haberlerini sorun', 'Her yanıt arşivden sözcüğü sözcüğüne alıntılanır; kaynağı, tarihi ve bağlantısıyla. Arşivde olmayanı Telal yanıtlamaz.'],
  el: ['Ρωτήστε για τις ειδήσεις των Βαλκανίων', 'Κάθε απάντηση παρατίθεται αυτολεξεί από το αρχείο, με το μέσο, την ημερομηνία και σύνδεσμο. Ό,τι δεν υπάρχει στο αρχείο, το Telal δεν το απαντά.'],
  bg: ['Попитайте за новините от Балканите', 'Всеки отговор е цитиран дума по дума от архива, с медия, дата и връзка. На това, което го няма в архива, Телал не отговаря.'],
  mk: ['Прашајте за вестите од Балканот', 'Секој одговор е цитиран од збор до збор од архивата, со медиум, датум и врска. На она што го нема во архивата, Телал не одговара.'],
  'sr-Cyrl': ['Питајте о вестима са Балкана', 'Сваки одговор је цитиран од речи до речи из архиве, са медијем, датумом и везом. На оно чега у архиви нема, Телал не одговара.'],
};
