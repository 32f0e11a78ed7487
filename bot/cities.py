"""Places whose time zone is called after another city."""

from __future__ import annotations

from collections.abc import Mapping

_PLACES = {
    "America/Los_Angeles": "san francisco, seattle, san diego, san jose, portland, las vegas, sacramento, oakland, "
    "california, silicon valley, pst, pdt, pt, pacific time",
    "America/Denver": "salt lake city, colorado, utah, albuquerque, mst, mdt, mt, mountain time",
    "America/Chicago": "houston, dallas, austin, texas, san antonio, minneapolis, new orleans, kansas city, st louis, "
    "milwaukee, memphis, nashville, cst, cdt, ct, central time",
    "America/New_York": "boston, washington, washington dc, philadelphia, miami, atlanta, pittsburgh, cleveland, "
    "baltimore, orlando, charlotte, nyc, brooklyn, florida, edt, et, eastern time",
    "America/Toronto": "montreal, ottawa, quebec, quebec city",
    "America/Edmonton": "calgary",
    "America/Mexico_City": "guadalajara, puebla",
    "America/Sao_Paulo": "rio de janeiro, rio, brasilia, belo horizonte, curitiba",
    "America/Bogota": "medellin, cali",
    "America/Guayaquil": "quito",
    "Europe/London": "manchester, birmingham, edinburgh, glasgow, liverpool, leeds, bristol, cardiff, oxford, "
    "cambridge, england, scotland, wales, uk, great britain, britain, bst",
    "Europe/Dublin": "cork, galway",
    "Europe/Berlin": "munich, münchen, hamburg, frankfurt, cologne, köln, stuttgart, düsseldorf, leipzig, dresden, "
    "hannover, nuremberg, nürnberg, bremen, germany, cest",
    "Europe/Paris": "lyon, marseille, toulouse, nice, bordeaux, lille, nantes, strasbourg",
    "Europe/Zurich": "geneva, genève, basel, bern, lausanne",
    "Europe/Vienna": "wien, graz, salzburg, linz, innsbruck",
    "Europe/Rome": "milan, milano, roma, naples, napoli, turin, torino, florence, firenze, venice, bologna",
    "Europe/Madrid": "barcelona, valencia, seville, sevilla, bilbao, malaga",
    "Europe/Lisbon": "porto, lisboa",
    "Europe/Amsterdam": "rotterdam, the hague, utrecht, eindhoven, holland",
    "Europe/Brussels": "antwerp, ghent, bruxelles",
    "Europe/Stockholm": "gothenburg, göteborg, malmö",
    "Europe/Oslo": "bergen, trondheim",
    "Europe/Copenhagen": "aarhus, københavn",
    "Europe/Warsaw": "krakow, kraków, gdansk, wroclaw, poznan, warszawa",
    "Europe/Prague": "brno, praha",
    "Europe/Athens": "thessaloniki, eet",
    "Europe/Istanbul": "ankara, izmir",
    "Europe/Moscow": "saint petersburg, st petersburg, msk",
    "Europe/Kyiv": "kharkiv, odesa, lviv, kiev",
    "Asia/Dubai": "abu dhabi",
    "Asia/Riyadh": "jeddah, mecca",
    "Asia/Jerusalem": "haifa",
    "Asia/Karachi": "lahore, islamabad",
    "Asia/Kolkata": "mumbai, bombay, delhi, new delhi, bangalore, bengaluru, chennai, hyderabad, pune, ahmedabad, ist",
    "Asia/Shanghai": "beijing, peking, shenzhen, guangzhou, chengdu, hangzhou, wuhan, nanjing, china",
    "Asia/Ho_Chi_Minh": "hanoi, saigon",
    "Asia/Tokyo": "osaka, kyoto, yokohama, nagoya, sapporo, fukuoka, jst",
    "Asia/Seoul": "busan, incheon, kst",
    "Australia/Sydney": "canberra, new south wales, aest, aedt",
    "Australia/Melbourne": "victoria",
    "Australia/Brisbane": "gold coast, cairns",
    "Pacific/Auckland": "wellington, christchurch",
    "Africa/Lagos": "abuja",
    "Africa/Johannesburg": "cape town, durban, pretoria",
    "Africa/Casablanca": "rabat, marrakesh, marrakech",
    "Africa/Cairo": "alexandria",
}

ZONES: Mapping[str, str] = {
    place: zone for zone, places in _PLACES.items() for place in (each.strip() for each in places.split(","))
}
"""The zone of a city, a region, or what people call a zone, in small letters."""
