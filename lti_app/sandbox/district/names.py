"""Names for the seeded district: people of many origins, schools and streets, and email addresses."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Origin:
    """Given and family names that go together, and how common they are in the district (percent)."""

    share: int
    given: tuple[str, ...]
    family: tuple[str, ...]


def _words(text: str, separator: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(separator))


def _origin(share: int, given: str, family: str) -> Origin:
    return Origin(share, _words(given), tuple(name.replace("_", " ") for name in family.split()))


ORIGINS = (
    _origin(
        38,
        "Emma Liam Olivia Noah Ava Ethan Sophie Mason Abigail Lucas Hannah Logan Grace Owen Chloe Wyatt Lily "
        "Carter Nora Henry Ella Jack Claire Caleb Audrey Luke Hazel Violet Dylan Ruby Connor Molly Evan "
        "Paige Cole Tessa Brody Leah Max Quinn Parker Rowan Emily Jacob Sarah Tyler Megan Kyle Erin Spencer",
        "Miller Anderson Clark Baker Hughes Sullivan Peterson Murphy Cooper Reed Bailey Ward Fisher Keller "
        "Schmidt Larson Olson Novak Russo O'Brien McCarthy Hoffman Becker Walsh Donovan Fletcher Barrett "
        "Whitaker Lindgren Weaver Hartman Sawyer Doyle Gallagher Pruitt Callahan Stein Van_Dyke Fitzgerald "
        "Moretti Dawson Kowalski Jensen Bauer Thornton Blackwell Hale Winters Ramsey Tucker",
    ),
    _origin(
        25,
        "Sofía Mateo Valentina Santiago Camila Diego Isabella Alejandro Lucía Gabriel Mariana Javier Ximena "
        "Andrés Daniela Luis Elena Carlos Paola Miguel Renata Joaquín Adriana Rafael Natalia Emilio Gabriela "
        "Iván Marisol Óscar Yesenia Hugo Itzel Tomás Jimena Raúl Esperanza Julián",
        "García Hernández Martínez López González Rodríguez Ramírez Torres Flores Rivera Gómez Díaz Reyes "
        "Morales Cruz Ortiz Gutiérrez Castillo Vargas Mendoza Ruiz Álvarez Romero Herrera Medina Aguilar "
        "Salazar Delgado Peña Ríos Núñez Santos Guerrero Cárdenas De_la_Cruz Vega",
    ),
    _origin(
        17,
        "Aaliyah Jayden Imani Malik Nia Darius Zoe Xavier Kiara Isaiah Amara Jalen Destiny Elijah Makayla "
        "Andre Jasmine Marcus Sierra Terrence Naomi Devin Kennedy Josiah Tiana Micah Alana Trey Gabrielle "
        "Jeremiah Raven Desmond Faith Julius Ebony Camden",
        "Washington Jefferson Robinson Jackson Harris Coleman Brooks Banks Freeman Dixon Grant Franklin "
        "Mosley Bolden Gaines Holloway Booker Tate Merritt Hampton Singleton Mack Boyd Barnes Simmons "
        "Hairston Ellison Witherspoon Cannon Dorsey",
    ),
    _origin(
        6,
        "Mei Wei Jia Hao Linh Minh Yuna Jun Hana Kenji Ji-woo Min-jun Xin Bao Trang Duc Sakura Ryo Seo-yeon "
        "Tuan Lan Anh Yuki Daichi Kai Vivian Kevin Jessica Andrew",
        "Nguyen Tran Chen Wang Li Zhang Kim Park Lee Liu Pham Tanaka Choi Huang Lin Wu Yamamoto Le Cho Vang "
        "Xiong Lor Takahashi Hoang Sun Bui",
    ),
    _origin(
        5,
        "Aarav Ananya Arjun Priya Rohan Diya Ishaan Kavya Vihaan Meera Aditya Saanvi Nikhil Anika Dev Riya "
        "Kiran Tara Samir Leela",
        "Patel Sharma Singh Gupta Reddy Kumar Shah Iyer Nair Mehta Rao Desai Kapoor Bhatt Joshi Menon "
        "Chowdhury Banerjee Kaur Gill",
    ),
    _origin(
        4,
        "Layla Omar Fatima Yusuf Zaynab Ibrahim Maryam Hassan Amina Khalid Noor Tariq Salma Bilal Rania "
        "Karim Hiba Zaid Dalia Samira",
        "Haddad Khalil Nasser Mansour Hassan Ali Farah Saleh Rahman Aziz Hamdan Khoury Darwish Abdi Warsame "
        "Mohamed Osman Al-Sayed Qureshi Siddiqui",
    ),
    _origin(
        3,
        "Anastasia Dmitri Katya Mikhail Irina Aleksei Oksana Bohdan Milena Luka Jelena Marek Agnieszka Pavel "
        "Zuzana Stefan",
        "Petrov Ivanova Kovalenko Shevchenko Horvat Nowak Dvorak Markovic Popov Bondarenko Wozniak Sokolov "
        "Zielinski Jovanovic",
    ),
    _origin(
        2,
        "Adaeze Kwame Chidi Abena Emeka Wanjiru Tendai Akosua Folasade Kofi Ngozi Thabo Zuri Sekou Makena",
        "Okafor Mensah Adeyemi Okonkwo Diallo Mwangi Boateng Eze Osei Banda Nkosi Traore Achebe Owusu",
    ),
)
_SHARES = [origin.share for origin in ORIGINS]

_PLACES = _words(
    "Maple Cedar Oak Willow Pine Birch Elm Aspen Juniper Hickory Sycamore Magnolia River Lake Stone Prairie "
    "Meadow Summit Valley Spring Fox Eagle Bluff Harbor Amber Silver Copper Granite Sunset Northern"
)
_FEATURES = _words("Grove Ridge Creek Hill View Park Crossing Glen Brook Bend Hollow Field")
_NAMESAKES = _words(
    "Abraham Lincoln|Rosa Parks|Cesar Chavez|Harriet Tubman|Frederick Douglass|Marie Curie|Sally Ride|"
    "Benjamin Banneker|Dolores Huerta|Jackie Robinson|Eleanor Roosevelt|Sojourner Truth|George W. Carver|"
    "Amelia Earhart|Katherine Johnson|Langston Hughes|Rachel Carson|Jane Addams",
    "|",
)
_STREETS = _words("Main Church School Washington Park Walnut Highland College Lincoln Center Franklin Mill")


def pick_origin(rng: Random) -> Origin:
    """An origin, by its share of the district."""
    return rng.choices(ORIGINS, _SHARES)[0]


def person_name(rng: Random, origin: Origin) -> tuple[str, str, str]:
    """Given, middle (often none) and family name."""
    middle = rng.choice(origin.given)[0] if rng.random() < 0.55 else ""
    return rng.choice(origin.given), middle, rng.choice(origin.family)


def school_names(rng: Random, count: int) -> list[str]:
    """Distinct names of schools, without the word for their level."""
    names = [f"{place} {feature}" for place in _PLACES for feature in _FEATURES]
    rng.shuffle(names)
    namesakes = rng.sample(_NAMESAKES, min(len(_NAMESAKES), max(1, count // 4)))
    names = namesakes + names[: count - len(namesakes)]
    rng.shuffle(names)
    return names[:count]


def street(rng: Random) -> str:
    """A street address."""
    return f"{rng.randrange(100, 9800)} {rng.choice(_STREETS)} {rng.choice(('St', 'Ave', 'Rd', 'Dr'))}"


def slug(text: str) -> str:
    """Letters and digits of a name in lower case ASCII, as an address uses them."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())


class Addresses:
    """Hands out local parts of email addresses: the second person of a name gets a 2, and so on."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}
        self._slugs: dict[str, str] = {}

    def local_part(self, first: str, last: str, separator: str = ".", width: int = 64) -> str:
        """A local part that was not handed out before, at most `width` characters long."""
        stem = f"{self._slug(first)}{separator}{self._slug(last)}"[: width - 4]
        seen = self._used.get(stem, 0) + 1
        self._used[stem] = seen
        return stem if seen == 1 else f"{stem}{seen}"

    def _slug(self, name: str) -> str:
        if name not in self._slugs:
            self._slugs[name] = slug(name)
        return self._slugs[name]
