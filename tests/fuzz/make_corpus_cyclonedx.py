# SPDX-License-Identifier: Apache-2.0
"""Makes the seed corpora of fuzz_cyclonedx_json and fuzz_cyclonedx_xml: documents as Waybill writes
them and as others do, small ones, and some that are broken in one place."""
import json
import os
import sys

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
DIGEST = "a" * 64


def properties(**values):
    return [{"name": "waybill:" + name.replace("__", ":"), "value": value}
            for name, value in values.items()]


def document(version="1.6", **members):
    return {"bomFormat": "CycloneDX", "specVersion": version, "version": 1, **members}


def own():
    image = {"type": "container", "bom-ref": "image", "name": "example", "version": "1",
             "hashes": [{"alg": "SHA-256", "content": DIGEST}],
             "properties": properties(
                 image__platform="linux/amd64", image__manifestDigest="sha256:" + DIGEST,
                 image__layer__1__digest="sha256:" + DIGEST, image__layer__1__size="12",
                 image__label__vendor="Vendor", database__1__path="var/lib/dpkg/status",
                 database__1__format="dpkg-status", database__1__packages="2")}
    tool = {"type": "application", "name": "waybill", "version": "1"}
    package = {"type": "library", "bom-ref": "a", "name": "a", "version": "1:1.0-1",
               "supplier": {"name": "A B", "contact": [{"name": "A B", "email": "a@example.org"}]},
               "scope": "required", "purl": "pkg:deb/debian/a@1:1.0-1?arch=amd64",
               "licenses": [{"expression": "MIT AND LicenseRef-x", "acknowledgement": "declared"}],
               "externalReferences": [{"type": "website", "url": "https://a.example.org/"}],
               "properties": properties(
                   package__type="deb", package__state="installed", layer__introduced="1",
                   package__database="var/lib/dpkg/status", package__depends="b (>= 1), c | d",
                   package__recommended="b", package__preDependsOn="b",
                   package__checksum="sha224:" + "b" * 56,
                   package__externalReference="SECURITY advisory https://x.example/\nwhy")}
    file = {"type": "file", "bom-ref": "f", "name": "/usr/bin/a",
            "hashes": [{"alg": "SHA-1", "content": "c" * 40}],
            "properties": properties(file__status="modified", file__mode="0755", file__size="3",
                                     file__package="a")}
    removed = {"type": "library", "bom-ref": "r", "name": "r", "scope": "excluded",
               "properties": properties(package__type="deb", package__state="removed",
                                        layer__deleted="2")}
    finding = {"bom-ref": "finding-1", "subjects": ["image"], "annotator": {"component": tool},
               "timestamp": "2024-01-01T00:00:00Z",
               "text": "warning: w\nwaybill:finding:code=c\nwaybill:finding:layer=1"}
    system = {"type": "operating-system", "bom-ref": "operating-system", "name": "debian",
              "version": "12", "properties": properties(distribution__id="debian")}
    return document(
        serialNumber="urn:uuid:3e671687-395b-81f5-a30f-a58921a69b79",
        metadata={"timestamp": "2024-01-01T00:00:00Z", "lifecycles": [{"phase": "post-build"}],
                  "tools": {"components": [tool]}, "component": image,
                  "licenses": [{"license": {"id": "CC0-1.0"}}],
                  "properties": properties(document__files="all", total__files="1",
                                           **{"licence__LicenseRef-x__name": "x"})},
        components=[system, package, {"type": "library", "bom-ref": "b", "name": "b"}, removed,
                    file],
        dependencies=[{"ref": "image", "dependsOn": ["operating-system", "a", "b"]},
                      {"ref": "a", "dependsOn": ["b"]}, {"ref": "b", "dependsOn": []}],
        compositions=[{"aggregate": "complete", "assemblies": ["image"]}],
        annotations=[finding])


def foreign():
    return document(
        "1.4", serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        metadata={"timestamp": "2024-01-01T00:00:00+02:00",
                  "tools": [{"vendor": "v", "name": "scanner", "version": "2"}],
                  "authors": [{"name": "A", "email": "a@example.org"}, {"name": "B"}],
                  "component": {"type": "application", "bom-ref": "root", "name": "app",
                                "author": "C <c@example.org>",
                                "purl": "pkg:oci/app@sha256:" + DIGEST}},
        components=[
            {"type": "operating-system", "name": "alpine", "version": "3"},
            {"type": "framework", "bom-ref": "x", "group": "g", "name": "x", "version": "1",
             "mime-type": "t/t", "publisher": "p", "scope": "optional", "copyright": "c",
             "description": "one\ntwo", "cpe": "cpe:2.3:a:x:x:1:*:*:*:*:*:*:*",
             "licenses": [{"license": {"id": "MIT"}}, {"expression": "MIT OR Apache-2.0"},
                          {"license": {"name": "Own", "text": {
                              "content": "T3du", "encoding": "base64"}, "url": "https://l"}}],
             "hashes": [{"alg": "SHA3-256", "content": DIGEST}, {"alg": "MD5", "content": "d" * 32}],
             "externalReferences": [
                 {"type": "vcs", "url": "git@x", "comment": "c"}, {"type": "website", "url": "u:x"},
                 {"type": "distribution", "url": "https://x.example/d", "hashes": []}],
             "pedigree": {}, "swid": {"tagId": "t", "name": "n"}, "evidence": {"licenses": []},
             "components": [{"type": "file", "name": "inner", "properties": [{"name": "p"}]}]}],
        services=[{"name": "s"}], vulnerabilities=[{"id": "CVE-1"}],
        dependencies=[{"ref": "root", "dependsOn": ["x"]}, {"ref": "x", "dependsOn": ["nowhere", "x"]}],
        compositions=[{"aggregate": "unknown"}])


NEW = document(
    "1.7",
    metadata={"manufacturer": {"name": "M", "url": ["https://m"], "contact": [{"name": "N"}]},
              "supplier": {"name": "S"}, "distributionConstraints": {"tlp": "CLEAR"}},
    components=[{"type": "library", "name": "n", "isExternal": True, "versionRange": "vers:a/1",
                 "licenses": [{"expression": "MIT", "acknowledgement": "concluded"},
                              {"expression": "LicenseRef-only", "acknowledgement": "declared"}],
                 "tags": ["t"], "omniborId": ["gitoid:blob:sha1:" + "e" * 40]}],
    citations=[{"timestamp": "2024-01-01T00:00:00Z"}])

JSON = {
    "own": own(), "foreign": foreign(), "new": NEW, "empty": document("1.2"),
    "unknown-version": document("0.1"),
    "other-types": document(metadata=[], components={"a": 1}, dependencies=[1, {"ref": 2}]),
    "characters": document(components=[{"type": "library", "name": "a\u0001\ufffe\r\u001b",
                                        "description": "\n", "copyright": " \t\n"}]),
    "twice": document(components=[{"type": "library", "bom-ref": "a", "name": "a"}] * 2),
}

NAMESPACE = "http://cyclonedx.org/schema/bom/1.6"
XML = {
    "foreign": """<bom xmlns="http://cyclonedx.org/schema/bom/1.4" version="2" serialNumber="urn:x">
<metadata><tools><tool><name>t</name></tool></tools><authors><author><name>A</name></author></authors>
<component type="container" bom-ref="r"><name>i</name></component></metadata>
<components><component type="library" bom-ref="a" mime-type="m"><group>g</group><name>a</name>
<version>1</version><hashes><hash alg="MD5">dddddddddddddddddddddddddddddddd</hash></hashes>
<licenses><license><id>MIT</id><text encoding="base64" content-type="t">T3du</text></license>
<license><name>Own</name></license></licenses><pedigree><notes>n</notes></pedigree>
<externalReferences><reference type="website"><url>https://a.example.org</url></reference>
</externalReferences><components><component type="file"><name>f</name></component></components>
</component></components><dependencies><dependency ref="r"><dependency ref="a"/></dependency>
</dependencies><vulnerabilities><vulnerability/></vulnerabilities></bom>""",
    "own": f"""<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="{NAMESPACE}" version="1"><metadata><tools><components><component type="application">
<name>waybill</name><version>1</version></component></components></tools><component type="container"
bom-ref="image"><name>i</name><properties><property name="waybill:image:label:a&#10;b">x
y</property><property name="waybill:database:1:path">d</property></properties></component></metadata>
<components><component type="library" bom-ref="a"><name>a</name><licenses>
<expression acknowledgement="concluded">MIT</expression></licenses><properties>
<property name="waybill:package:type">rpm</property></properties></component></components>
<annotations><annotation><subjects><subject ref="image"/></subjects><annotator><component
type="application"><name>waybill</name></component></annotator><timestamp>2024-01-01T00:00:00Z
</timestamp><text>note: n&#13;
waybill:finding:code=c</text></annotation></annotations></bom>""",
    "document-type": f"""<!DOCTYPE bom [<!ENTITY a "b"><!ENTITY c SYSTEM "file:///etc/passwd">]>
<bom xmlns="{NAMESPACE}"><components>&a;&c;</components></bom>""",
    "entity": f'<bom xmlns="{NAMESPACE}"><metadata><timestamp>&a;</timestamp></metadata></bom>',
    "twice": f'<bom xmlns="{NAMESPACE}"><metadata/><metadata/></bom>',
    "deep": f'<bom xmlns="{NAMESPACE}">' + "<a>" * 70,
    "extension": f"""<bom xmlns="{NAMESPACE}" xmlns:o="urn:o" o:a="b" other="c"><o:x><name>y</name></o:x>
<components><o:y/><component type="library"><name>a<b/>c<![CDATA[<d>]]></name></component>
<other/></components></bom>""",
    "other-root": '<html xmlns="http://cyclonedx.org/schema/bom/1.6"/>',
    "unclosed": f'<bom xmlns="{NAMESPACE}"><components>',
}


def write(folder, name, text):
    os.makedirs(os.path.join(CORPUS, folder), exist_ok=True)
    with open(os.path.join(CORPUS, folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def main():
    for name, value in JSON.items():
        write("cyclonedx_json", name, json.dumps(value, separators=(",", ":"), ensure_ascii=True))
    write("cyclonedx_json", "unfinished", json.dumps(own())[:900])
    for name, value in XML.items():
        write("cyclonedx_xml", name, value)


if __name__ == "__main__":
    sys.exit(main())
