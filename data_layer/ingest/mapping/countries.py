"""Countries that a phone number can be of."""


def checked_country(text: str) -> str:
    """The ISO 3166 code in capitals.  ValueError for what is no country with phone numbers."""
    import phonenumbers  # only where somebody names one: it is large

    country = text.strip().upper()
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"is {text!r}, no country code; write it like DE")
    return country
