"""The place that the example months are set in: a library's suppliers, funds, currencies and the words of its reports.

The companies are real suppliers of libraries; their codes, numbers, orders and prices are made up, and so is the university.
"""

from __future__ import annotations

from dataclasses import dataclass

UNIVERSITY = "Example University"
LIBRARY = "Example University Library"
BUSINESS_UNIT = "EXU BU"
ORDER_FIRST = 31_000_000  # Oracle's orders: eight digits that begin with 31
COST_CENTRES = ("LIB210", "LIB220", "LIB230", "LIB240", "LIB250", "LIB260")
ELSEWHERE = "EST700"  # another department's cost centre

CURRENCIES = ("GBP", "EUR", "USD")
RATES = (100_000, 85_310, 78_640)  # pounds for one unit of it, in hundred thousandths


@dataclass(frozen=True, slots=True)
class Supplier:
    """One supplier as both systems know it.

    `number` is a template with one `{}` for the running number; `first` is where the numbers begin. `price` is what a line
    costs, in pence, in the middle; `lines` how many lines an invoice has on average; `weight` how often it invoices.
    """

    code: str
    name: str
    finance_code: str  # as Alma writes it; '' where nobody filled it in
    oracle_number: str
    oracle_name: str
    number: str
    first: int
    price: int
    lines: float
    weight: int
    vat: bool = False
    currency: int = 0  # index into CURRENCIES


def _supplier(code: str, name: str, oracle_name: str, finance_code: str, number: str, first: int, *rest: float, **more: object) -> Supplier:
    price, lines, weight = rest
    return Supplier(
        code, name, finance_code, finance_code.split("|")[0].lstrip("0"), oracle_name, number, first,
        int(price), lines, int(weight), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _blank_code(supplier: Supplier) -> Supplier:
    """The same supplier, with a financial code that nobody filled in on Alma's side: only the name can tell."""
    values = {f: getattr(supplier, f) for f in supplier.__slots__}
    return Supplier(**(values | {"finance_code": ""}))


# fmt: off
SUPPLIERS: tuple[Supplier, ...] = (
    _supplier("ASKHOLT", "Askews & Holts Library Services", "ASKEWS AND HOLTS LIBRARY SERVICES LTD", "310457", "{}", 6120418, 2100, 5.2, 30),
    _supplier("DAWSON", "Dawson Books", "DAWSON BOOKS LIMITED", "0000310462", "DB{:07d}", 418220, 2900, 4.1, 14),
    _supplier("GARDNER", "Gardners Books Ltd", "Gardners Books Limited", "310478", "GA{:08d}", 20114300, 1800, 4.6, 20),
    _supplier("BLACKW", "Blackwell's", "BLACKWELL UK LTD", "310483|MAIN", "BK-{:06d}", 310220, 3300, 3.6, 16),
    _supplier("BROWNSBK", "Browns Books", "BROWNS BOOKS FOR STUDENTS LTD", "310491", "BBS{:06d}", 244100, 2600, 4.0, 12),
    _supplier("COUTTSUK", "Coutts Information Services Ltd", "COUTTS INFORMATION SERVICES LIMITED", "0000310505", "C-{:09d}", 300214500, 4100, 3.0, 12),
    _supplier("HOWES", "W F Howes", "W.F. HOWES LTD", "310519", "{}", 48110, 3900, 3.0, 6, vat=True),
    _supplier("EBSCOUK", "EBSCO Information Services", "EBSCO INFORMATION SERVICES", "310524|MAIN", "{:08d}", 1407120, 64000, 2.4, 10, vat=True),
    _supplier("PROQUK", "ProQuest", "PROQUEST INFORMATION AND LEARNING LTD", "310536", "{}", 71440210, 210000, 1.5, 6, vat=True),
    _supplier("CLARIV", "Clarivate Analytics (UK) Ltd", "CLARIVATE ANALYTICS (UK) LIMITED", "310541", "CA{:07d}", 5520118, 240000, 1.3, 3, vat=True),
    _supplier("ELSEV", "Elsevier B.V.", "ELSEVIER BV", "0000310557", "S{:06d}", 412730, 380000, 2.2, 5, currency=1),
    _supplier("SPRNAT", "Springer Nature", "SPRINGER NATURE CUSTOMER SERVICE CENTER GMBH", "310562", "{}", 2966410021, 240000, 2.0, 5, currency=1),
    _supplier("BRILL", "Brill", "KONINKLIJKE BRILL NV", "310578", "BR{:07d}", 2204410, 42000, 1.6, 4, currency=1),
    _supplier("DEGRUY", "De Gruyter", "WALTER DE GRUYTER GMBH", "310583", "DG-{:06d}", 880410, 36000, 1.7, 4, currency=1),
    _supplier("ERASM", "Erasmus Boekhandel", "ERASMUS BOEKHANDEL BV", "0000310599", "EB24.{:05d}", 11840, 5200, 2.8, 5, currency=1),
    _supplier("HARRAS", "Harrassowitz", "OTTO HARRASSOWITZ GMBH & CO KG", "310604", "H{:06d}", 730410, 5600, 2.7, 5, currency=1),
    _supplier("ACSPUB", "American Chemical Society", "AMERICAN CHEMICAL SOCIETY", "310612", "ACS{:07d}", 4410200, 190000, 1.6, 3, currency=2),
    _supplier("IEEE", "IEEE", "INST OF ELECTRICAL AND ELECTRONICS ENGINEERS INC", "310629", "IE-{:07d}", 9041200, 260000, 1.3, 3, currency=2),
    _supplier("JSTOR", "JSTOR (ITHAKA)", "ITHAKA HARBORS INC", "310633", "JS{:06d}", 150420, 120000, 1.4, 3, currency=2),
    _supplier("AMBOOK", "Amalivre", "AMALIVRE SARL", "310648", "AM/{:06d}", 204410, 4400, 3.0, 3, currency=1),
    _supplier("WILEYUK", "John Wiley & Sons", "JOHN WILEY AND SONS LTD", "310655|MAIN", "{}", 6044120019, 88000, 2.0, 7),
    _supplier("TFRANCIS", "Taylor & Francis", "INFORMA UK LTD", "310661", "{}", 951204410, 92000, 2.2, 7),
    _supplier("OXFUP", "Oxford University Press", "OXFORD UNIVERSITY PRESS", "0000310676", "OX-{:08d}", 41120, 34000, 2.0, 7),
    _supplier("CAMUP", "Cambridge University Press", "CAMBRIDGE UNIVERSITY PRESS & ASSESSMENT", "310682", "CU{:07d}", 7120440, 41000, 1.8, 6),
    _supplier("SAGEUK", "SAGE Publications", "SAGE PUBLICATIONS LTD", "310697", "SG{:06d}KI", 310440, 52000, 1.8, 5),
    _supplier("EMER", "Emerald", "EMERALD PUBLISHING LTD", "310703", "EMD{:06d}", 204110, 68000, 1.7, 4, vat=True),
    _supplier("IOPPUB", "IOP Publishing", "IOP PUBLISHING LIMITED", "310718|MAIN", "IP-25-{:05d}", 20410, 74000, 1.6, 4),
    _supplier("RSC", "Royal Society of Chemistry", "THE ROYAL SOCIETY OF CHEMISTRY", "310724", "RC{:07d}", 114420, 66000, 1.5, 4),
    _supplier("BMJP", "BMJ Publishing Group", "BMJ PUBLISHING GROUP LTD", "0000310731", "BM{:08d}", 60214410, 58000, 1.5, 4),
    _supplier("LEXISN", "LexisNexis", "RELX (UK) LTD T/A LEXISNEXIS", "310747", "{:010d}", 744120, 78000, 2.4, 5),
    _supplier("WESTLAW", "Thomson Reuters (Westlaw UK)", "THOMSON REUTERS PROFESSIONAL UK LTD", "310752", "TR{:08d}", 5144020, 96000, 1.8, 4, vat=True),
    _supplier("BRITLIBR", "British Library", "THE BRITISH LIBRARY BOARD", "0000310768", "BLOD 25/{:06d}", 11420, 1400, 3.4, 7, vat=True),
    _supplier("JISCSERV", "Jisc Services Ltd", "JISC SERVICES LIMITED", "310773", "JS/2025/{:06d}", 604420, 180000, 1.9, 4, vat=True),
    _supplier("OCLCUK", "OCLC (UK) Ltd", "OCLC UK LIMITED", "310789", "{}", 1300420110, 46000, 1.6, 4, vat=True),
    _supplier("KORTX", "Kortext", "KORTEXT LIMITED", "310794", "KO-{:06d}", 180420, 61000, 1.7, 6, vat=True),
    _supplier("VLEBKS", "VLeBooks", "ASKEWS AND HOLTS T/A VLEBOOKS", "310800", "VL{:07d}", 3304410, 7200, 3.0, 7, vat=True),
    _supplier("NIELSENB", "Nielsen BookData", "NIQ BOOKDATA (UK) LTD", "310815", "NB{:06d}", 604410, 33000, 1.4, 3, vat=True),
    _supplier("BIBLIOTH2", "Bibliotheca", "BIBLIOTHECA LTD", "310821", "BI-{:06d}", 214410, 22000, 1.9, 4, vat=True),
    _blank_code(_supplier("GRESW", "Gresswell Ltd", "GRESSWELL LIMITED", "310836", "GW{:06d}", 471020, 2800, 2.8, 4, vat=True)),
    _blank_code(_supplier("PETERS", "Peters Bookselling Services Ltd", "Peters Bookselling Services Limited", "310842", "PB-{:06d}", 912040, 2300, 3.8, 5)),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Fund:
    code: str
    name: str
    distribution: str


def _funds() -> tuple[Fund, ...]:
    areas = ("Arts", "Business", "Health", "Law", "Science", "Technology")
    uses = (("BKS", "books", 610110), ("EBK", "e-books", 610120), ("JNL", "journals", 610210), ("DBS", "databases", 610220))
    return tuple(
        Fund(f"{area[:3].upper()}-{use}", f"{area} {name}", distribution(centre, account))
        for area, centre in zip(areas, COST_CENTRES, strict=True)
        for use, name, account in uses
    )


def distribution(cost_centre: str, account: int) -> str:
    """An account combination of Oracle's: entity, cost centre, account and four segments that the library does not use."""
    return f"E01.{cost_centre}.{account}.000000.000000000000.000000.000000"


FUNDS = _funds()
SUMMARY_FUNDS = tuple(Fund(f"{f.code[:3]}-ALL", f"{f.name.split()[0]} (summary)", f.distribution) for f in FUNDS)
WORDS = ("", "", "BOOK", "EBOOK", "SERIAL", "DATABASE")  # reporting codes that are no orders
STATUSES = ("Closed", "Waiting for Payment", "Ready to be Paid", "In Review", "In Approval")
METHODS = ("Accounting Department", "Credit Card", "Deposit Account", "Cash")
METHOD_CODES = ("ACCOUNTINGDEPARTMENT", "CREDITCARD", "DEPOSITACCOUNT", "CASH")
INVOICE_TYPES = ("Standard", "Credit Memo", "")
SOURCES = ("INTLB02", "Image", "Supplier Portal", "Manual", "Spreadsheet")
ORACLE_STATUSES = ("Validated", "Needs revalidation", "Not validated")
LINE_TYPES = ("Item", "Tax", "Freight", "Miscellaneous")
TAX_CODES = ("ZERO RATE INPUT", "STANDARD RATE INPUT", "REDUCED RATE INPUT", "REVERSE CHARGE SERVICES", "")
