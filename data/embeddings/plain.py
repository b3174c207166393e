"""Writes the training sentences, one a line: dictionary glosses and examples, small talk, and generated support texts.

Nothing here comes from a stream that detectors are scored on."""
import glob, random, re, sys
import yaml

rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 20261123)
WN = "/usr/share/wordnet/"

def wordnet():
    out = []
    for pos in ("noun", "verb", "adj", "adv"):
        for line in open(f"{WN}data.{pos}", encoding="utf-8"):
            if line.startswith("  ") or "|" not in line: continue
            head, gloss = line.split("|", 1)
            words = head.split()[4].replace("_", " ")
            for ex in re.findall(r'"([^"]{12,160})"', gloss): out.append(("ex", ex))
            definition = gloss.split(";")[0].split('"')[0].strip()
            if 10 < len(definition) < 140: out.append(("def", f"{words}: {definition}" if rng.random() < .5 else definition))
    return out

def frequent(pos, n):
    """The n lemmas most often tagged, single words."""
    seen = {}
    for line in open(f"{WN}cntlist.rev"):
        key, _, count = line.split()
        lemma, ss = key.split("%")
        if int(ss.split(":")[0]) == {"noun": 1, "verb": 2, "adj": 3}[pos] and lemma.isalpha():
            seen[lemma] = seen.get(lemma, 0) + int(count)
    return [w for w, _ in sorted(seen.items(), key=lambda x: (-x[1], x[0]))[:n]]

def chatter():
    import chatterbot_corpus, os
    out = []
    for f in sorted(glob.glob(os.path.dirname(chatterbot_corpus.__file__) + "/data/english/*.yml")):
        for c in yaml.safe_load(open(f, encoding="utf-8")).get("conversations", []):
            out += [str(x) for x in c if 8 < len(str(x)) < 200]
    return out

OBJ = """order;orders;invoice;refund;discount code;coupon;gift voucher;shopping cart;basket;checkout page;payment page;payment method;payment provider;payment gateway;bank account;direct debit;wire transfer;subscription;renewal;free trial;plan;billing address;shipping address;shipping label;parcel;package;delivery;courier;tracking number;tracking link;return label;return;exchange;warranty;replacement part;product page;product image;product variants;price list;stock level;inventory;warehouse;catalogue;collection page;category filter;search results;search box;home page;landing page;theme;template;checkout button;sign up form;contact form;newsletter;email notification;push notification;text message;account;password;username;profile;login;verification code;two factor code;authenticator app;session;cookie;browser;mobile app;tablet app;desktop client;website;online shop;storefront;admin panel;dashboard;report;sales report;export file;spreadsheet import;CSV import;API key;access token;webhook;webhook endpoint;callback URL;redirect;domain name;DNS record;SSL certificate;CDN cache;server;database;backup;data migration;sync job;cron job;queue;worker;integration;plugin;extension;add-on;connector;tax rate;VAT number;currency;language setting;translation;time zone;customer list;customer record;loyalty points;reward balance;review;rating;chat widget;support agent;phone line;appointment;booking;reservation;hotel room;flight;ticket;seat;boarding pass;luggage;train ticket;rental car;insurance policy;claim;premium;prescription;medical record;test result;doctor;salary slip;payroll;leave request;contract;signature;document upload;identity document;passport;driving licence;visa application;loan application;mortgage;credit score;savings account;statement;pension;router;modem;internet connection;wifi;phone number;SIM;roaming;data plan;voicemail;television;set top box;laptop;screen;keyboard;battery;charger;printer;headphones;camera;smart watch;thermostat;alarm;door lock;light bulb;washing machine;oven;fridge;vacuum cleaner;game console;video stream;playlist;subtitle track;photo album;cloud storage;shared folder;calendar;meeting link;microphone;file attachment;spam filter;mailbox;signature block;mailing list;build;deployment;container;pipeline;test suite;log file;memory usage;disk space;network port;firewall rule;VPN;proxy;load balancer;feature flag;GraphQL query;REST endpoint;JSON response;schema;migration script;environment variable;config file;dependency;package version;command line tool;docker image;repository;branch;pull request;release;licence key;electricity bill;meter reading;water supply;gas supplier;course;exam;lecture;library book;membership;gym class;restaurant table;pizza;coffee machine;meal kit;allergy information;dress;shoes;size chart;jacket;ring;sofa;mattress;bicycle;tyre;car;parking permit;taxi;scooter;bus pass;rent;deposit;landlord;tenant;heating;elevator;mailbox key;recipe;weather forecast;alarm clock;timer;song;movie;news;joke;bill;credit limit;interest rate;stock order;dividend;cash machine;cheque;PIN;receipt;expense claim;tip;fee;surcharge;fraud alert;fine""".split(";")
STATE = """is not working;does not load;is missing;is broken;is wrong;is blank;is stuck;keeps failing;was rejected;was declined;has expired;has not arrived;is late;was cancelled;was charged twice;shows an error;shows the wrong amount;shows old data;disappeared;was deleted by mistake;is too slow;times out;is not showing up;cannot be opened;does not match;is out of date;was sent to the wrong address;is damaged;came in the wrong size;is locked;got blocked;is pending;is still processing;returns 404;returns 500;returns an empty list;gives a permission error;is not syncing;is duplicated;stopped updating;crashes on start;freezes;overheats;makes a strange noise;is leaking;has poor quality;has no sound;does not turn on;won't connect;drops every few minutes;was lost;was stolen;was closed without warning;is not accepted;is not supported;looks different on my phone;is cut off;has a typo;ignores my settings;redirects forever;was not refunded;went up in price;is out of stock;cannot be edited;is empty after the update;broke after the migration;fails since yesterday;is unreachable;is not verified;was renewed without my consent""".split(";")
ACT = """reset;change;update;cancel;delete;remove;find;download;upload;print;share;track;return;exchange;renew;upgrade;downgrade;pause;activate;deactivate;verify;confirm;connect;disconnect;import;export;translate;move;copy;merge;split;rename;hide;disable;enable;install;uninstall;configure;set up;test;order;buy;sell;pay for;book;reschedule;extend;transfer;replace;repair;clean;charge;unlock;lock;report;dispute;check;see;view;open;close;add;edit;restore;recover;back up;link;apply for;sign up for;get;request;speed up;compare;increase;lower;schedule;restart""".split(";")
Q = """How do I {a} my {o}?;How can I {a} the {o}?;How to {a} a {o};Can I {a} my {o}?;Can you {a} my {o}?;I want to {a} my {o}.;I need to {a} the {o};I'd like to {a} a {o} please;Where can I {a} my {o}?;Is it possible to {a} the {o}?;What do I need to {a} my {o}?;Please help me {a} my {o};I can't {a} my {o};I am unable to {a} my {o}.;I tried to {a} the {o} but it failed;How long does it take to {a} a {o}?;How much does it cost to {a} my {o}?;Why can't I {a} my {o}?;Who can {a} my {o}?;Do I have to {a} my {o}?;When will you {a} my {o}?;Someone tried to {a} my {o}!;What happens if I {a} my {o}?;steps to {a} {o};{a} {o};help {a} {o};need assistance to {a} {o};it won't let me {a} the {o};Am I allowed to {a} my {o}?;I forgot to {a} my {o}""".split(";")
P = """My {o} {s}.;The {o} {s};Our {o} {s}!;Why my {o} {s}?;{o} {s};I think my {o} {s};Hi, my {o} {s}, what can I do?;The {o} {s} and I don't know why.;Customers say the {o} {s};Help, the {o} {s};It seems that the {o} {s};Again the {o} {s};My {o} {s} since this morning;Every time I try, the {o} {s};Could you check why the {o} {s}?;Is there a reason the {o} {s}?;What should I do if my {o} {s}?;the {o} {s} on mobile only""".split(";")
W = """What is a {o}?;What kinds of {o} do you offer?;Which {o} do you support?;Do you have a {o}?;Is there a limit on the {o}?;Is there a fee for the {o}?;Tell me about the {o};Where is my {o}?;Where is the {o}?;When will my {o} arrive?;How does the {o} work?;Why is there a {o} on my account?;Why do I need a {o}?;What is the price of the {o}?;Can I have more than one {o}?;I have a question about my {o};I don't recognise this {o}.;There is a problem with the {o};Who is responsible for the {o}?;What countries is the {o} available in?;I lost my {o};I never received my {o};I got the wrong {o};I was told I need a {o};The {o} and the {o2} do not agree;After I changed the {o} the {o2} {s};I {a2} the {o} and now the {o2} {s}""".split(";")
ERR = ["Timeout","NotFound","Refused","Unauthorized","Forbidden","Invalid","Missing","Expired","Mismatch","Conflict","RateLimited","Overflow","Undefined","Parse","Validation","Connection","Gateway","Config","Session","Cart","Payment","Webhook","Order","Inventory","Shipping","Tax","Auth","Token","Cache","Redirect","Image","Asset","Build","Deploy","Type","Range","Null","Http","Ssl","Dns","Sql","Sync","Import","Checkout","Product","Price","Locale","Theme","Stock"]
EMSG = """connection timed out after 30s;unexpected token in JSON;cannot read property of undefined;field is required;signature mismatch;certificate has expired;rate limit exceeded, retry later;no such file or directory;permission denied;column does not exist;duplicate key value violates unique constraint;invalid credentials;endpoint unreachable;request entity too large;bad gateway;version conflict;module not found;is not a function;expected string, got number;out of memory;missing required header;CORS policy blocked the request;record not found;unsupported currency;stale cache entry;build failed with exit code 1;invalid address;token expired;host not resolved""".split(";")
HI = ["Hi","Hello","Hey there","Good morning","Dear team","Hi support","","","","","","",""]
BYE = ["Thanks","Thank you!","Please advise.","Any ideas?","This is urgent.","Please help","Losing sales every minute!","I'm really upset.","Can someone look into it?","Regards","","","","","","",""]

def generated(n, nouns, verbs, adjs, frames, shares, more):
    """`frames`: lists of sentences with gaps, chosen by `shares`; `more`: chooses what fills the gaps that only some have."""
    out = []
    for _ in range(n):
        o = rng.choice(OBJ) if rng.random() < .6 else rng.choice(nouns)
        if rng.random() < .1: o = rng.choice(adjs) + " " + o
        o2 = rng.choice(OBJ)
        a = rng.choice(ACT) if rng.random() < .75 else rng.choice(verbs)
        s = rng.choice(STATE)
        def one():
            f = rng.choices(frames + [["E"]], shares)[0]
            if f == ["E"]:
                return f"{rng.choice(ERR)}{rng.choice(ERR)}Error: {rng.choice(EMSG)}" if rng.random() < .5 else f"{o} {rng.choice(EMSG)}"
            return rng.choice(f).format(o=o, o2=o2, a=a, **more(), a2=rng.choice(["changed","moved","updated","replaced","bought","deleted"]), s=s)
        t = one()
        r = rng.random()
        if r < .18: t = t + " " + one()
        elif r < .22: t = one() + " " + t + " " + one()
        if rng.random() < .15: t = rng.choice(HI) + ", " + t
        if rng.random() < .15: t = t + " " + rng.choice(BYE)
        t = t.strip(" ,")
        if rng.random() < .3: t = t.lower()
        out.append(t)
    return out

def main(frames, shares, more, generate, examples, definitions, chat):
    """The last four: the share of each kind of text."""
    wn = wordnet()
    ex = [t for k, t in wn if k == "ex"]; de = [t for k, t in wn if k == "def"]
    rng.shuffle(ex); rng.shuffle(de)
    nouns, verbs, adjs = frequent("noun", 3500), frequent("verb", 900), frequent("adj", 500)
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 60000
    lines = generated(int(n * generate), nouns, verbs, adjs, frames, shares, more)
    lines += ex[: int(n * examples)] + de[: int(n * definitions)] + chatter()[: int(n * chat)]
    lines = sorted({" ".join(l.split()) for l in lines}); rng.shuffle(lines)
    print(len(lines), file=sys.stderr)
    print("\n".join(lines))

if __name__ == "__main__": main([Q, P, W], [40, 32, 22, 6], dict, .62, .2, .12, .08)
