"""Where simulated customers live: country > region > city, large cities and very small ones."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A city with its region and country, and its weight among customers."""

    country: str
    region: str
    city: str
    weight: float


PLACES: tuple[Place, ...] = tuple(
    Place(country, region, city, weight)
    for country, region, cities in (
        (
            "Germany",
            "Nordrhein-Westfalen",
            "Köln 90 Düsseldorf 55 Dortmund 50 Essen 45 Münster 14 Xanten 1 Monschau .5",
        ),
        ("Germany", "Bayern", "München 95 Nürnberg 35 Augsburg 18 Regensburg 9 Füssen .8 Rothenburg .5"),
        ("Germany", "Berlin", "Berlin 130"),
        ("Germany", "Hamburg", "Hamburg 70"),
        ("Germany", "Hessen", "Frankfurt 50 Wiesbaden 16 Kassel 10 Marburg 3 Alsfeld .4"),
        ("Germany", "Sachsen", "Leipzig 32 Dresden 30 Chemnitz 11 Görlitz 1.5 Meißen .7"),
        ("Austria", "Wien", "Wien 100"),
        ("Austria", "Steiermark", "Graz 22 Leoben 1.5 Bruck 1 Mariazell .3"),
        ("Austria", "Tirol", "Innsbruck 10 Kufstein 1.2 Lienz .6 Rattenberg .2"),
        ("Netherlands", "Noord-Holland", "Amsterdam 60 Haarlem 11 Alkmaar 6 Edam .5"),
        ("Netherlands", "Zuid-Holland", "Rotterdam 45 Leiden 9 Delft 7 Gouda 2 Schoonhoven .3"),
        ("Netherlands", "Utrecht", "Utrecht 25 Amersfoort 10 Zeist 3 Oudewater .3"),
    )
    for city, weight in (
        (parts[0], float(parts[1])) for parts in zip(cities.split()[::2], cities.split()[1::2], strict=True)
    )
)
