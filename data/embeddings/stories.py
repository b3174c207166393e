"""Writes more training sentences, told as stories: dictionary glosses and examples, and generated support texts.

Nothing here comes from a stream that detectors are scored on."""
from plain import P, Q, STATE, W, main, rng

STORY = """I {p} a {o} {t} and it still {s2}.;I {p} the {o} {t}, but now the {o2} {s}.;{t} I {p} my {o} and nothing happened.;We {p} our {o} {t}. Since then the {o2} {s}.;My {o} was {p} {t}. Can you tell me why?;Why was my {o} {p}?;Was my {o} {p} already?;Has the {o} been {p} yet?;The {o} should have been {p} {t}.;It has been two weeks and my {o} has not been {p}.;You {p} my {o} without asking me.;I didn't get the {o} after I {p} the {o2}.;They say the {o} was {p}, however it is not there.;I was in {c} and my {o} {s}.;Does the {o} work in {c}?;Can I use my {o} in {c}?;I moved to {c} and need to {a} my {o}.;My {w} also needs a {o}.;Can my {w} {a} my {o}?;I accidentally {p} my {o}, can I undo it?;I {p} it twice by accident;What does it mean that the {o} {s}?;How come the {o} was {p}?;Is there any way to {a} the {o} faster?;what's the difference between the {o} and the {o2}?;Should I choose the {o} or the {o2}?;I no longer need the {o}, please {a} it;the {o} I {p} {t} {s};I don't understand the {o};Explain the {o} to me;Can't find where to {a} the {o};What happened to my {o}?;Is my {o} safe?;There's a {o} that I did not {a};I noticed a strange {o} {t};Your {o} is terrible, it {s};Which {o} can I {a}?;How many times can I {a} the {o}?;How old do I have to be to {a} a {o}?;Why is the {o} so high?;The {o} is lower than expected;I paid too much for the {o};Please tell me the status of my {o};Any update on the {o}?;When I click on the {o} it {s};Tried everything: restarted, cleared the cache, the {o} still {s}.;Works on desktop, but on mobile the {o} {s}.;After the update to the new version the {o} {s}.;In the log I see that the {o} {s}""".split(";")
PAST = "ordered;bought;returned;cancelled;changed;updated;deleted;sent;received;paid;transferred;booked;installed;activated;blocked;charged;declined;refunded;shipped;opened;closed;replaced;moved;imported;exported;renewed;connected;reset;verified;rejected;approved;lost;damaged;reported;uploaded;downloaded;topped up;withdrawn;exchanged;frozen;scheduled".split(";")
TIME = "yesterday;last week;this morning;two days ago;an hour ago;last month;on Monday;over the weekend;three weeks ago;just now;a few minutes ago;last night;in January;on Friday evening;earlier today".split(";")
COUNTRY = "Germany;France;the US;Japan;Spain;Canada;Europe;Australia;abroad;India;Brazil;the UK;Poland;China;another country;Italy;Mexico".split(";")
WHO = "wife;husband;daughter;son;colleague;boss;customer;friend;assistant;accountant;partner;team;mother;flatmate".split(";")

def told():
    return dict(p=rng.choice(PAST), t=rng.choice(TIME), c=rng.choice(COUNTRY), w=rng.choice(WHO), s2=rng.choice(STATE))

main([Q, P, W, STORY], [26, 20, 14, 34, 6], told, .55, .33, .12, 0)
