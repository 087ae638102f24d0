"""States with their weight, cities and an area code; telephone countries with the shape of a mobile number."""

from typing import Final, NamedTuple


class State(NamedTuple):
    """``weight``: millions of people, 2020 census, rounded."""

    code: str
    weight: float
    area: str
    cities: tuple[str, ...]


class Dialling(NamedTuple):
    """What stands before the last seven digits of a mobile number (E.164), and the country's share of people.

    For +1 the state's area code comes between.
    """

    prefix: str
    share: float


_RAW: Final = """
AL 5.0 205 Birmingham,Huntsville,Mobile|AK 0.7 907 Anchorage,Fairbanks|AZ 7.2 602 Phoenix,Tucson,Mesa
AR 3.0 501 Little Rock,Fayetteville|CA 39.5 213 Los Angeles,San Diego,San Jose,San Francisco,Sacramento,Oakland
CO 5.8 303 Denver,Colorado Springs,Boulder|CT 3.6 203 Hartford,Stamford,New Haven|DE 1.0 302 Wilmington,Dover
DC 0.7 202 Washington|FL 21.5 305 Miami,Tampa,Orlando,Jacksonville,Naples|GA 10.7 404 Atlanta,Savannah,Augusta
HI 1.5 808 Honolulu,Hilo|ID 1.8 208 Boise,Meridian|IL 12.8 312 Chicago,Naperville,Springfield
IN 6.8 317 Indianapolis,Fort Wayne|IA 3.2 515 Des Moines,Cedar Rapids|KS 2.9 316 Wichita,Overland Park
KY 4.5 502 Louisville,Lexington|LA 4.7 504 New Orleans,Baton Rouge|ME 1.4 207 Portland,Bangor
MD 6.2 410 Baltimore,Bethesda,Annapolis|MA 7.0 617 Boston,Cambridge,Worcester
MI 10.1 313 Detroit,Grand Rapids,Ann Arbor
MN 5.7 612 Minneapolis,Saint Paul|MS 3.0 601 Jackson,Gulfport|MO 6.2 314 St. Louis,Kansas City
MT 1.1 406 Billings,Missoula
NE 2.0 402 Omaha,Lincoln|NV 3.1 702 Las Vegas,Reno|NH 1.4 603 Manchester,Nashua|NJ 9.3 201 Newark,Jersey City,Princeton
NM 2.1 505 Albuquerque,Santa Fe|NY 20.2 212 New York,Buffalo,Rochester,Albany,White Plains
NC 10.4 704 Charlotte,Raleigh,Durham|ND 0.8 701 Fargo,Bismarck|OH 11.8 614 Columbus,Cleveland,Cincinnati
OK 4.0 405 Oklahoma City,Tulsa|OR 4.2 503 Portland,Eugene,Salem|PA 13.0 215 Philadelphia,Pittsburgh,Allentown
RI 1.1 401 Providence,Warwick|SC 5.1 803 Columbia,Charleston|SD 0.9 605 Sioux Falls,Rapid City
TN 6.9 615 Nashville,Memphis,Knoxville|TX 29.1 214 Dallas,Houston,Austin,San Antonio,Fort Worth
UT 3.3 801 Salt Lake City,Provo
VT 0.6 802 Burlington,Montpelier|VA 8.6 703 Arlington,Richmond,Virginia Beach|WA 7.7 206 Seattle,Spokane,Tacoma
WV 1.8 304 Charleston,Morgantown|WI 5.9 414 Milwaukee,Madison|WY 0.6 307 Cheyenne,Casper
"""


def _state(line: str) -> State:
    code, weight, area, cities = line.split(" ", 3)
    return State(code, float(weight), area, tuple(cities.split(",")))


STATES: Final = tuple(_state(part) for line in _RAW.split("\n") if line for part in line.split("|"))
STATE_CODES: Final = tuple(state.code for state in STATES)
CITIES: Final = tuple(city for state in STATES for city in state.cities)
DIALLING: Final = (
    Dialling("+1", 0.88),
    Dialling("+44751", 0.025),
    Dialling("+491511", 0.018),
    Dialling("+3361", 0.013),
    Dialling("+3461", 0.010),
    Dialling("+52555", 0.022),
    Dialling("+91981", 0.016),
    Dialling("+81901", 0.006),
    Dialling("+551199", 0.006),
    Dialling("+6141", 0.004),
)
