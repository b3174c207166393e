"""Streams of two weeks with incidents in them, made from labelled texts.

Like `surge-1` (incidents of problems that nobody reports otherwise) and `surge-base-1` (of problems that are in the
background too): 12 incidents of 8 to 60 tickets of 5 to 40 merchants within 1 to 6 hours, among about 220 tickets a
day with a day and week rhythm. One seed gives one stream."""

import datetime
import math
import random

DAYS, A_DAY, INCIDENTS, MERCHANTS = 14, 222, 12, 2000
WEEK = [1.1, 1.05, 1.1, 1.05, 1.15, 0.8, 0.65]
START = datetime.datetime(2026, 1, 5, tzinfo=datetime.timezone.utc)


def of_the_day(hour):
    """How busy an hour is: mornings and afternoons are."""
    return 0.3 + 0.9 * max(0, math.sin((hour - 6) / 12 * math.pi)) + 0.5 * max(0, math.sin((hour - 8) / 14 * math.pi)) * (hour <= 22)


def stream(pool, seed, in_background):
    """The tickets in their order, and the incidents as the scorer reads them. `pool`: texts by problem."""
    rng = random.Random(seed)
    problems = sorted(pool)
    rng.shuffle(problems)
    usual = problems if in_background else problems[: len(problems) - INCIDENTS - 5]
    hit = rng.sample(problems if in_background else problems[len(usual) :], INCIDENTS)
    texts = {problem: rng.sample(pool[problem], len(pool[problem])) for problem in problems}
    used = dict.fromkeys(problems, 0)

    def text(problem):
        used[problem] += 1
        return texts[problem][used[problem] % len(texts[problem])]

    merchants = [f"M{number}" for number in range(MERCHANTS)]
    loudness = [1 / (number + 2) ** 0.75 for number in range(MERCHANTS)]
    weights = [rng.uniform(0.6, 1.4) for _ in usual]
    level = sum(map(of_the_day, range(24))) / 24
    events = []
    for hour in range(DAYS * 24):
        rate = A_DAY / 24 * of_the_day(hour % 24) / level * WEEK[hour // 24 % 7]
        at = rng.expovariate(rate)
        while at < 1:
            events.append((hour + at, rng.choices(usual, weights)[0], rng.choices(merchants, loudness)[0], None))
            at += rng.expovariate(rate)
    for number, problem in enumerate(hit):
        tickets = round(math.exp(rng.uniform(math.log(8), math.log(60))))
        reporting = rng.sample(merchants, min(tickets, rng.randint(5, 40)))
        begin, hours = rng.uniform(48, DAYS * 24 - 8), rng.uniform(1, 6)
        for merchant in reporting + rng.choices(reporting, k=tickets - len(reporting)):
            events.append((begin + hours * rng.random() ** 1.2, problem, merchant, number))
    events.sort()
    made, incidents = [], {}
    for number, (hour, problem, merchant, incident) in enumerate(events):
        at = (START + datetime.timedelta(hours=hour)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        made.append({"ticket_id": f"T{number}", "merchant_id": merchant, "timestamp": at, "merchant_message": text(problem)})
        if incident is not None:
            one = incidents.setdefault(incident, {"incident_id": f"inc{incident}", "start": at, "ticket_ids": []})
            one["ticket_ids"].append(f"T{number}")
            one["end"] = at
    return made, {"days": DAYS, "incidents": list(incidents.values())}
