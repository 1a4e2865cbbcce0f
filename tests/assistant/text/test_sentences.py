"""Where news text is cut into sentences. In each row, `‖` marks a cut; the text itself is the row without it."""

import pytest

from assistant.text.sentences import quotable_spans, sentence_spans

ROWS = {
    "plain": [
        "It rained.",
        "It rained.‖ It stopped.",
        "Did it rain?‖ Nobody knew!‖ It was dark.",
        "It rained  \t.‖  It stopped.",
        "It rained?!‖ It did.",
        "No stop at the end.‖ None at all",
        "It rained; it stopped; the wall held.",
        "Three things fell: rain, hail and the wall.",
        "The wall fell - and the mayor with it.‖ Nobody mourned.",
    ],
    "titles": [
        "Mr. Hale met Mrs. Brandt, Ms. Reyle and Dr. Salm.‖ They ate.",
        "Prof. Ingrid Halloran and Rev. Alban Creed spoke.‖ Both were heard.",
        "Gov. Ida Brandt met Sen. Tom Reyle and Rep. Nora Hale.",
        "Sens. Reyle and Hale voted with Reps. Salm and Creed.",
        "Lt. Col. Victor Salm reported to Maj. Gen. Hale.‖ He was tired.",
        "Lt. Gov. Brandt, Sgt. Reyle and Capt. Salm left.",
        "Messrs. Hale and Reyle bought it from Mme. Dupont.",
        "Atty. Gen. Reyle wrote to Amb. Hale.",
        "Brig. Gen. Hale thanked Spc. Reyle and Pfc. Salm.",
        "Msgr. Creed blessed the boats.",
        "Asst. Chief Reyle said so.",
        "He asked the Rt. Hon. Ida Brandt.",
        "Martin Luther King Jr. Day is a holiday.",
        "He was named for Martin Luther King Jr.‖ The school was, too.",
    ],
    "companies": [
        "Apple Inc. said that Foxconn Co. Ltd. had agreed.‖ Shares rose.",
        "It was sold to Hale Corp.‖ The price was not given.",
        "Apple Inc. Chief Executive Tim Cook spoke.",
        "Warner Bros. Discovery cut jobs.",
        "It was made by Warner Bros.‖ The film did well.",
        "Philips N.V.‖ The company makes lamps.",
        "Yahoo! Inc. was sold.‖ Verizon bought it.",
        "Yahoo! News reported it.",
        "She left Yahoo!‖ The company lost her.",
        "KFC belongs to Yum! Brands of Louisville.",
    ],
    "countries and initials": [
        "The U.S. Army left.‖ The U.N. Security Council met.",
        "He left the U.S. on Monday.‖ He is in the U.K. now.",
        "He left the U.S.‖ He is in Cairo.",
        "She is the U.S. No. 1 seed.",
        "It is in Washington, D.C.‖ The mayor spoke.",
        "The U.S. is large.",
        "George W. Bush met J. K. Rowling and J.R.R. Tolkien.",
        "J. A. Smith met W.E.B. Du Bois.‖ A. I. Hale did not.",
        "Jean-Paul is J.-P. Sartre.‖ Samuel L. Jackson is not.",
        "They went on with Plan B.‖ The mayor liked it.",
        "It is rich in vitamin C.‖ It is sour.",
        "Á. Gylfason and Š. Novák spoke.",
        "She has a Ph.D. from Cairo.‖ He has none.",
    ],
    "months and numbers": [
        "It fell on Jan. 6 and again on Sept. 11, 2001.‖ It was mended.",
        "It was sold last Dec.‖ The price was low.",
        "He lives at No. 10 Downing Street.‖ It is old.",
        "Was he there?‖ No.‖ The mayor was.",
        "He said no.‖ She said yes.",
        "It is in Vol. 3, pp. 12 and 14, and on p. 20.‖ See Fig. 2.",
        "It costs Rs. 500 crore.‖ That is a lot.",
        "It broke Art. 5 and Sec. 2 of the law.",
        "It was built c. 1850, or approx. 170 years ago.",
        "He is 5 ft. 10 in. tall.‖ She is taller.",
        "It weighs 3 lb. 4 oz. and is red.",
        "Take Rte. 9 and then Hwy. 61.‖ Turn left.",
    ],
    "other abbreviations": [
        "Roe v. Wade was overturned.‖ Ellery vs. Salm was not.",
        "Eat fruit, e.g. Granny Smith apples, i.e. Green ones.",
        "He plays Dwayne Johnson, a.k.a. The Rock.",
        "St. Petersburg, Mt. Everest and Ft. Worth are places.",
        "It is on Fifth Ave.‖ The rent is high.",
        "Hale et al.‖ The paper is long.",
        "The song is by Hale feat. Drake.",
        "Bring boots, coats, etc.‖ The weather is bad.",
        "It was the Dept. of Justice (est. 1870).‖ It sued.",
    ],
    "times": [
        "It fell at 9 a.m. Monday.‖ It was mended by 5 p.m. ET.",
        "It fell at 9 a.m.‖ The mayor slept.",
        "It fell at 9 a.m.‖ Police came at noon.",
        "He lands at 2:30 p.m. Cairo time.‖ She is there.",
        "It opens at 9 A.M.‖ The doors are red.",
        "The call is at 8 p.m. GMT on Feb. 3.‖ Be there.",
        "It is at 8 p.m. Eastern time.‖ Be there.",
        "It fell at 10.30.‖ It was mended at 10.45.",
        "It is from 8 a.m. to 5 p.m. Jan. 6.",
    ],
    "decimals and money": [
        "Prices rose 3.5 percent to $1.25.‖ Wages fell .4 percent.",
        "It cost $3.5 million.‖ £2m was paid.‖ €40 was lent.",
        "It fell by 4.‖ 12 people were hurt.",
        "Version 2.0.1 is out.‖ Version 3 is not.",
        "It has 1.000.000 parts.‖ All are small.",
        "It cost ₹500.‖ ₹200 was lent.",
        "He won 6-3, 6-4.‖ Nadal lost.",
    ],
    "addresses": [
        "See www.ledger.example.‖ It is free.",
        "Read https://ledger.example/a.b?q=Who.‖ It is long.",
        "Write to desk@ledger.example.‖ We answer.",
        "Amazon.com Inc. and Booking.com fell.‖ Node.js did not.",
        "It is a caf&#233;.‖ It is open.",
        "Its address is 10.0.0.1.‖ Try it.",
    ],
    "quotes": [
        "“We lost.”‖ She left.",
        '"We lost."‖ She left.',
        "'We lost.'‖ She left.",
        "He called it “a disgrace”.‖ She agreed.",
        "“We lost,” said Mr. Hale.‖ “We shall win.”",
        "“We lost.‖ We shall win,” she said.‖ He nodded.",
        "“Who did it?” he asked.‖ “Nobody.”",
        "“Who did it?” Hale asked.‖ “Nobody.”",
        "“Stop!” Nora Hale shouted.‖ They stopped.",
        "“Who did it?”‖ The mayor did not know.",
        "“Why?”‖ He said: “No.”",
        "“Why?”‖ Mr. Hale replied that he did not know.",
        "“Why?”‖ “Because.”‖ “Oh!”",
        "“He said ‘We lost.’”‖ She left.",
        "“He said ‘Who?’ and left.”‖ She stayed.",
        "(“We lost.”)‖ She left.",
        "„Wir gehen.“‖ Sie blieb.",
        "»Wir gehen.«‖ Sie blieb.",
        "« Nous partons. »‖ Elle reste.",
        "Il dit : « Partons. »‖ « Non », dit-elle.",
        "“We lost.” — Nora Hale",
        "He wrote “Who Are We?” in 2004.‖ It sold.",
        "It was the ’80s.‖ ’90s music came later.",
    ],
    "ellipses": [
        "We waited...‖ Nobody came.",
        "We waited …‖ Nobody came.",
        "We waited ... and waited.‖ Nobody came.",
        "It was “... a disgrace,” he said.",
        "The law ... [was] struck down.",
        "“I am ... tired.”‖ He left.",
        "We waited….‖ Nobody came.",
    ],
    "brackets": [
        "He left (at noon).‖ She stayed.",
        "He left.‖ (She stayed.)‖ They ate.",
        "He left [see map].‖ She stayed.",
        "He left (did she?) at noon.‖ She stayed.",
        "Tom Reyle (D-Pa.) left.‖ She stayed.",
        "The council (formerly St. John's) met.",
    ],
    "lists": [
        "- Rain fell\n‖- Wind rose\n‖- The wall broke",
        "* Rain fell.\n‖* Wind rose.",
        "Three things happened:\n‖• Rain fell\n‖• Wind rose",
        "  – Rain fell\n‖  – Wind rose",
        "1. Rain fell.\n‖2. Wind rose.\n‖3. The wall broke.",
        "1. Rain fell\n\n‖2. Wind rose",
        "1) Rain fell\n‖2) Wind rose",
        "A. Rain fell.‖ B. Wind rose.",
        "1. Rain fell\n‖2. Wind rose\n‖3. The wall broke",
        "Three things happened:\n‖1. Rain fell\n‖2. Wind rose",
    ],
    "lines": [
        "The mayor of Port\nEllery left.‖ She\nreturned.",
        "Storm breaks sea wall\n\n‖Two died.",
        "STORM\n \n‖Two died.\n\n\n‖One lived.",
        "It was said by Mr.\nHale.‖ He left.",
        "It rained.\n‖It stopped.",
        "The mayor\n– who had left – said so.‖ She did.",
        "The wall broke on March\n4.‖ The mayor left.",
        # Joined: a single line end is a wrapped line, whether or not the line above looks like a heading.
        "Storm breaks sea wall\nTwo died.‖ One lived.",
        # Joined: a stop without a space after it may be within an address.
        "It rained.It stopped.",
        "\n\n  It rained.‖  It stopped.  \n",
    ],
    "beginnings": [
        "Sales fell.‖ iPhones did well.‖ eBay did not.",
        "It rained.‖ Émile left.‖ Čapek stayed.‖ Łódź slept.",
        "He left.‖ ¿Quién sabe?‖ ¡Nadie!",
        "He saw it. not she.",
        "He left.‖ 40 stayed.",
        "He left.‖ [The mayor] stayed.",
    ],
    "German": [
        "Der Rat traf sich am 3. März in Ellerau.‖ Es ging um z. B. die Brücke.",
        "Im 19. Jahrhundert war die Stadt klein.‖ Das ist vorbei.",
        "Sie landete auf Platz 3.‖ Danach ging sie nach Hause.",
        "Das kostet 3 Mio. Kronen und ca. 40 Tage.‖ Der Rat zahlt.",
        "Die Halle kostet 3 Mio.‖ Die Stadt zahlt nicht.",
        "Der 1. FC Ellerau spielt gegen die Wölfe.‖ Er verlor.",
        "Das sagte Prof. Hale, d. h. der Rektor, am Montag.‖ Er ging.",
        "Nach Art. 5 und Abs. 2 ist das nicht erlaubt.‖ Der Rat klagt.",
    ],
    "French": [
        "M. Dupont et Mme Leroy sont venus avec le Dr. Martin.‖ Ils ont parlé.",
        "Les élus, p. ex. Mme Leroy, sont partis.‖ La salle était vide.",
        "Le fort date du IIe siècle av. J.-C. et il est dans la ville.‖ Il pleut.",
        "Il est né le 1er mai à St. Malo avec ses sœurs.‖ Elle est née après.",
    ],
    "Spanish": [
        "El Sr. Pérez vive en los EE. UU. desde 2019.‖ La Sra. Gómez no.",
        "Según la pág. 12 del informe, es verdad.‖ No hay dudas.",
        "La Dra. Ruiz, aprox. una hora después, dijo que no.‖ ¿Por qué?",
    ],
    "Italian": [
        "Il sig. Rossi e l'on. Bianchi sono a Roma con la Dott.ssa Verdi.‖ Non piove.",
        "La S.p.A. Ferrovie ha perso.‖ Il governo paga.",
        "Il Prof. Neri ha scritto il libro con gli altri.‖ Nel libro non c'è molto.",
    ],
    "Portuguese": [
        "O Sr. Silva e a Dra. Costa moram na Av. Paulista.‖ Ela é médica.",
        "A empresa Alves Ltda. comprou as terras do vizinho.‖ Os donos não falaram.",
    ],
    "Dutch": [
        "De dhr. Jansen en mevr. De Vries zijn er, d.w.z. bijna.‖ Het regent.",
        "Het kost 3 mln. euro.‖ De stad betaalt.",
        "De wet (art. 5 en blz. 12) is van drs. Smit.‖ Hij is er niet.",
    ],
    "other scripts": [
        "Он ушёл.‖ Она осталась.",
        "В. Путин и А. С. Пушкин.‖ Она осталась.",
        "Τι έγινε;‖ Κανείς δεν ξέρει.",
        "Τι έγινε\u037e‖ Κανείς δεν ξέρει.",
        "ماذا حدث؟‖ لا أحد يعرف.",
        "سقط المطر.‖ توقفت الريح.",
        "بارش ہوئی۔‖ ہوا چلی۔",
        "बारिश हुई।‖ हवा चली।",
        "雨が降った。‖風が吹いた。",
        "「雨だ。」と彼は言った。‖風が吹いた。",
        "他说：“雨停了。”‖市长走了。",
        "谁做的？‖没人知道！‖下雨了。",
        "ירד גשם.‖ הרוח נשבה.",
        "Անձրև եկավ։‖ Քամի էր։",
        "ዝናብ ዘነበ።‖ ነፋስ ነፈሰ።",
    ],
}


@pytest.mark.parametrize("row", [row for rows in ROWS.values() for row in rows])
def test_text_is_cut_into_sentences(row: str) -> None:
    text = row.replace("‖", "")
    spans = sentence_spans(text)
    assert [text[start:end] for start, end in spans] == [piece.strip() for piece in row.split("‖")]
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    assert edges == sorted(edges)
    assert not any(text[start:end].strip() for start, end in zip(edges[::2], edges[1::2], strict=True))


@pytest.mark.parametrize("text", ["", " ", "\n\n", " \n \n "])
def test_white_space_has_no_sentences(text: str) -> None:
    assert sentence_spans(text) == []


@pytest.mark.parametrize(
    ("dateline", "story"),
    [
        ("PORT ELLERY, March 4 (Tidewater Wire) — ", "The wall broke.‖ It will be mended."),
        ("WASHINGTON (AP) — ", "The U.S. Senate met.‖ It voted."),
        ("Gaza (AFP) - ", "Rain fell."),
        ("(CNN) -- ", "Rain fell.‖ It stopped."),
        ("GAZA CITY, Feb. 2, 2023 – ", "Rain fell."),
        ("Seoul, South Korea CNN — ", "Rain fell.‖ It stopped."),
        ("", "Rain fell — it stopped.‖ The wall broke."),
        ("", "UPDATE — Rain fell."),
    ],
)
def test_a_dateline_is_not_part_of_the_first_sentence(dateline: str, story: str) -> None:
    text = dateline + story.replace("‖", "")
    assert [text[start:end] for start, end in quotable_spans(text)] == [
        piece.strip() for piece in story.split("‖")
    ]
