"""Which of FHIR's two forms a sender wants back."""


def prefers_xml(accept: str) -> bool:
    """Whether XML is wanted more than JSON, by `_format` (`xml`, or a media type) or an Accept header with weights."""
    if "xml" not in accept.lower():
        return False
    weights = {"xml": 0.0, "json": 0.0}
    first = ""
    for item in accept.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        form = next((form for form in weights if name.replace(" ", "+").endswith(form)), "")
        if form:
            first = first or form
            weights[form] = max(weights[form], _weight(parameters))
    return weights["xml"] > weights["json"] or (first == "xml" and 0 < weights["xml"] == weights["json"])


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
