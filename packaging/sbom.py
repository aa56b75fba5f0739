"""The parts of an installer as a CycloneDX 1.6 bill of materials."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from notice_parts import ROOT, Part
from packageurl import PackageURL
from packaging.utils import canonicalize_name


def bill_of_materials(parts: list[Part]) -> str:
    """JSON, the same for the same parts and the same SOURCE_DATE_EPOCH."""
    components = {_key(part): _component(part) for part in parts}
    main = components.pop("isoloss")
    main.type = ComponentType.APPLICATION
    bom = Bom()
    bom.metadata.timestamp = build_time()
    bom.metadata.component = main
    bom.components = components.values()
    everything = {"isoloss": main, **components}
    root = next(part for part in parts if _key(part) == "isoloss")
    for part in parts:
        refs = {everything[name].bom_ref for name in part.needs if name in everything}
        refs |= {
            everything[_key(one)].bom_ref
            for one in parts
            if (one.inside and one.inside == _key(part)) or (part is root and _is_beside(one))
        }
        bom.dependencies.add(
            Dependency(everything[_key(part)].bom_ref, [Dependency(ref) for ref in refs])
        )
    content = "\n".join(sorted(f"{part.name} {part.version} {part.sha256}" for part in parts))
    bom.serial_number = uuid5(NAMESPACE_URL, f"{build_time().isoformat()}\n{content}")
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)


def build_time() -> datetime:
    """SOURCE_DATE_EPOCH, else the time of the last commit, else now."""
    stamp = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not stamp:
        command = ["git", "log", "-1", "--format=%ct"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        stamp = done.stdout.strip()
    return datetime.fromtimestamp(int(stamp), UTC) if stamp else datetime.now(UTC)


def _key(part: Part) -> str:
    if part.purl.startswith("pkg:pypi/"):
        return canonicalize_name(part.name)
    return "cpython" if part.name == "CPython" else f"{part.inside}/{part.name}"


def _is_beside(part: Part) -> bool:
    """Python itself, and libraries of the system: nobody's part but the bundle's."""
    return not part.inside and not part.purl.startswith("pkg:pypi/")


def _component(part: Part) -> Component:
    links = (
        (ExternalReferenceType.WEBSITE, part.homepage),
        (ExternalReferenceType.SOURCE_DISTRIBUTION, part.source),
    )
    return Component(
        name=part.name,
        version=part.version or None,
        type=ComponentType.LIBRARY,
        bom_ref=part.purl or _key(part),
        purl=PackageURL.from_string(part.purl) if part.purl else None,
        licenses=[LicenseFactory().make_from_string(part.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=part.sha256)] if part.sha256 else (),
        external_references=[
            ExternalReference(type=kind, url=XsUri(link)) for kind, link in links if link
        ],
    )


def write(parts: list[Part], path: Path) -> None:
    """Write ``sbom.cdx.json``."""
    path.write_text(bill_of_materials(parts) + "\n", encoding="utf-8", newline="\n")
