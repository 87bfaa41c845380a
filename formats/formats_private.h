/* SPDX-License-Identifier: Apache-2.0 */
/* The writers behind the table of formats, and what they share. */
#ifndef WAYBILL_FORMATS_PRIVATE_H
#define WAYBILL_FORMATS_PRIVATE_H

#include "formats/formats.h"
#include "sbom/licence_expression.h"
#include "sbom/purl.h"

/* ---- the writers ----------------------------------------------------------------------------- */

/* SPDX 2.3, as JSON and as tag-value pairs. (spdx2_document.c, spdx2_json_read.c, spdx2_tag_read.c)
 * Versions 2.2 and 2.3 are read. */
bool wb_spdx2_json_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                         struct wb_error *err);
bool wb_spdx2_json_recognises(struct wb_bytes document);
bool wb_spdx2_json_read(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err);
bool wb_spdx2_tag_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                        struct wb_error *err);
bool wb_spdx2_tag_recognises(struct wb_bytes document);
bool wb_spdx2_tag_read(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err);
/* CycloneDX 1.4 to 1.7, JSON and XML serialisations. (cyclonedx.c) */
bool wb_cyclonedx_json_write(const struct wb_bom *bom, const char *version,
                             struct wb_output *output, struct wb_error *err);
bool wb_cyclonedx_xml_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                            struct wb_error *err);
/* CycloneDX 1.2 to 1.7. (cyclonedx_json_read.c, cyclonedx_xml_read.c) */
bool wb_cyclonedx_json_recognises(struct wb_bytes document);
bool wb_cyclonedx_json_read(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err);
bool wb_cyclonedx_xml_recognises(struct wb_bytes document);
bool wb_cyclonedx_xml_read(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err);
/* SPDX 3.0.1 as JSON-LD. (spdx3.c, spdx3_read.c) Versions 3.0.0 and 3.0.1 are read. */
bool wb_spdx3_json_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                         struct wb_error *err);
bool wb_spdx3_json_recognises(struct wb_bytes document);
bool wb_spdx3_json_read(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err);
/* GitHub's dependency submission. (github_json.c) */
bool wb_github_json_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                          struct wb_error *err);
/* Says that no reader knows the document, and why where that is known; false. (read.c) */
bool wb_document_is_unknown(struct wb_bytes document, struct wb_error *err);
/* CoSWID (RFC 9393), as a sequence of tags. (coswid.c, coswid_read.c) */
bool wb_coswid_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                     struct wb_error *err);
bool wb_coswid_recognises(struct wb_bytes document);
bool wb_coswid_read(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err);
/* For people. (table.c) */
bool wb_table_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                    struct wb_error *err);

/* ---- what fields of the specifications accept (fields.c) ---------------------------------------
 * Package databases and image configs say what they like; a field with a syntax gets only what has
 * it, and the rest becomes a property. */

/* An absolute IRI with an authority (RFC 3986 characters only). */
bool wb_field_is_iri(const char *text);
/* As SPDX tools read URLs: http, https or ftp, and a host that is a dotted name of letters, digits
 * and single hyphens. */
bool wb_field_is_homepage(const char *text);
bool wb_field_is_email(const char *text);
/* "cpe22Type" for CPE 2.2 URIs, "cpe23Type" for 2.3 formatted strings, quoted characters and
 * wildcards included (NISTIR 7695 §6.2; SPDX 2.3 Annex F.2); NULL for anything else. */
const char *wb_field_cpe_type(const char *text);
/* The hex digits of `algorithm:hex`; NULL for NULL and for what wb_digest_parse refuses. */
const char *wb_field_digest_hex(const char *text, enum wb_digest_algorithm *algorithm);
/* Algorithm names of the two specifications; NULL where one has none. */
const char *wb_field_spdx_algorithm(enum wb_digest_algorithm algorithm);
const char *wb_field_cyclonedx_algorithm(enum wb_digest_algorithm algorithm);
/* `urn:uuid:` and a UUID in lower case. */
bool wb_field_is_uuid_urn(const char *text);
#define WB_UUID_TEXT_SIZE 37
/* RFC 9562 version 8 from the first 128 bits of wb_bom_seed's digits. */
char *wb_field_uuid(const char *seed, char text[WB_UUID_TEXT_SIZE]);

/* ---- who made it -------------------------------------------------------------------------------
 */

struct wb_actor {
    const char *name; /* NULL: not known */
    const char *email;
    bool is_person;
};
/* `Name <mail>` taken apart; text of any other shape is a name as a whole. Lives in `arena`.
 * (fields.c) */
struct wb_actor wb_actor_parse(struct wb_arena *arena, const char *text, bool is_person);
/* Of a package; the e-mail address only when it is one. (fields.c) */
struct wb_actor wb_package_supplier(const struct wb_package *package);
/* The image's authors label, else the author of its config. (image_properties.c) */
struct wb_actor wb_image_author(struct wb_arena *arena, const struct wb_image_description *image);
/* Its vendor label, else its author. (image_properties.c) */
struct wb_actor wb_image_supplier(struct wb_arena *arena, const struct wb_image_description *image);
/* Of the operating system: the vendor of its CPE name, else its own name; lives in `arena`. */
struct wb_actor wb_distribution_supplier(struct wb_arena *arena,
                                         const struct wb_distribution *distribution);
/* A pre-defined annotation key (OCI image-spec 1.1, annotations.md), `suffix` behind
 * `org.opencontainers.image.`, from the labels or else the manifest's annotations; NULL. */
const char *wb_image_annotation(const struct wb_image_description *image, const char *suffix);
bool wb_distribution_known(const struct wb_distribution *distribution);
/* Whether every entry of every package database could be read. (image_properties.c) */
bool wb_databases_are_whole(const struct wb_bom *bom);

/* ---- properties --------------------------------------------------------------------------------
 * Facts for which a specification has no field of its own, as `waybill:` names with text values:
 * CycloneDX properties, SPDX annotations. docs/formats.md lists them all. */

struct wb_property_sink {
    void (*add)(void *context, const char *name, const char *value);
    void *context;
};
/* Nothing when value is NULL or empty. (properties.c) */
void wb_property_add(const struct wb_property_sink *sink, const char *name, const char *value);
void wb_property_format(const struct wb_property_sink *sink, const char *name, const char *format,
                        ...) WB_PRINTF(3, 4);
void wb_property_time(const struct wb_property_sink *sink, const char *name, int64_t seconds);
/* waybill:layer:introduced and so on: the number of the layer counted from 1, its diffID and, with
 * `digests`, the blob's digest. */
void wb_property_span(const struct wb_property_sink *sink, const struct wb_bom *bom,
                      const struct wb_layer_span *span, bool digests);

/* The other way round: takes one `waybill:` property of a document that was read. False when it has
 * no such name or the value does not fit; the caller counts a loss. Names that do not begin with
 * `waybill:` are taken as the package's own (wb_package.properties).
 * `waybill:package:state` `removed` gives WB_STATE_NOT_INSTALLED: wb_bom_list_package knows.
 * `waybill:package:recommended` names another element of the document: the caller's.
 * (package_properties_read.c) */
bool wb_package_property_read(struct wb_bom *bom, struct wb_package *package, const char *name,
                              const char *value);
/* `waybill:file:package` is the caller's. `waybill:file:status` `removed` sets span.deleted to 0
 * if nothing else did: wb_bom_list_file knows. (file_properties_read.c) */
bool wb_file_property_read(struct wb_bom *bom, struct wb_file *file, const char *name,
                           const char *value);
/* `introduced`, `changed`, `deleted` behind `waybill:layer:`. (package_properties_read.c) */
bool wb_layer_property_read(struct wb_layer_span *span, const char *name, const char *value);
/* Facts of the image, its layers, databases, keys, distribution, and of the document, licence texts
 * included. `bom->image` must have been made by wb_bom_read_image. (document_properties_read.c) */
bool wb_document_property_read(struct wb_bom *bom, const char *name, const char *value);
/* A tool that had a part in the document, of `syft-0.98.0`: a name, and a version where digits
 * follow a dash. (properties_read.c) */
void wb_tool_text_read(struct wb_bom *bom, const char *text);
/* Takes a finding apart that wb_finding_text wrote; false when it is none. (properties_read.c) */
bool wb_finding_text_read(struct wb_bom *bom, const char *text);
/* Calls `take` for each property in the lines that wb_property_lines made. False when the text is
 * none of that kind: `take` was not called then. (properties_read.c) */
bool wb_property_lines_read(const char *text,
                            void (*take)(void *context, const char *name, const char *value),
                            void *context);

/* ---- what readers share (read.c) ---- */

/* Whether a JSON object has a member of that name, not one of an object inside it, whose text
 * begins with `value`. The document need not be well-formed behind it. */
bool wb_document_member_is(struct wb_bytes document, const char *key, const char *value);
/* The image description of a document that is read: lives in the document's arena, to be filled. */
struct wb_image_description *wb_bom_read_image(struct wb_bom *bom);
/* Puts a package that was read into the list that its state calls for: removed, residues or
 * packages. A package without a name is refused: false, and the caller counts a loss. */
bool wb_bom_list_package(struct wb_bom *bom, struct wb_package *package);
/* Adds an edge between two packages that are there: what the removed ones needed is nobody's
 * concern. False for others, and for one that is not known; the caller counts a loss. */
bool wb_bom_read_dependency(struct wb_bom *bom, struct wb_package *from, struct wb_package *to,
                            enum wb_relation_kind kind);
/* A file of a document that is read, not listed yet: no owners, no layers, no hashes. */
struct wb_file *wb_bom_new_file(struct wb_bom *bom);
/* Puts it into bom->files, or what it says into bom->removed_files when a layer removed it. False
 * for one without a path. */
bool wb_bom_list_file(struct wb_bom *bom, struct wb_file *file);
/* Adds a digest to a file's hashes; false for algorithms that they have no place for. */
bool wb_file_digest_read(struct wb_bom *bom, struct wb_file *file, const struct wb_digest *digest);
/* A licence text under the id that the document gives it. */
void wb_bom_read_licence_text(struct wb_bom *bom, const char *id, const char *name,
                              const char *text);
/* Tells `[epoch:]version[-release]` apart by the package's kind, which must be set, and keeps it.
 */
void wb_package_evr_read(struct wb_bom *bom, struct wb_package *package, const char *evr);
void wb_package_add_cpe(struct wb_bom *bom, struct wb_package *package, const char *cpe);
void wb_package_add_reference(struct wb_bom *bom, struct wb_package *package,
                              const struct wb_external_reference *reference);
void wb_package_add_checksum(struct wb_package *package, const struct wb_digest *digest);
/* Text on one line: what terminals must not be given, line ends included, is escaped. */
const char *wb_read_line(struct wb_bom *bom, const char *text);
/* `algorithm:hex`, any algorithm that base/ knows. */
bool wb_field_digest_read(const char *text, struct wb_digest *digest);
/* A specification's algorithm name in any case, with or without its dash: `SHA1`, `sha-256`. */
bool wb_field_digest_of(const char *algorithm, const char *hex, struct wb_digest *digest);
/* Digits only, at most `limit`. */
bool wb_field_number_read(const char *text, uint64_t limit, uint64_t *number);

/* Appends to a list in an arena that was only ever filled so, from nothing. */
#define WB_ARENA_APPEND(arena, items, count, value)                                                \
    do {                                                                                           \
        (items) = wb_arena_room((arena), (items), (count), sizeof *(items));                       \
        (items)[(count)++] = (value);                                                              \
    } while (0)
void *wb_arena_room(struct wb_arena *arena, const void *items, size_t count, size_t size);

/* Fills a package from its purl, which it keeps: the kind; and where the document does not state
 * them otherwise, name, epoch, version, release, architecture and source package. False when the
 * purl is malformed, and nothing is changed. (purl_read.c) */
bool wb_package_purl_read(struct wb_bom *bom, struct wb_package *package, const char *purl);

/* Where a package stands in the document. */
enum wb_standing {
    WB_STANDING_PRESENT,
    WB_STANDING_RESIDUE,
    WB_STANDING_REMOVED,
};
/* (package_properties.c) */
void wb_package_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                           const struct wb_package *package, enum wb_standing standing);
/* waybill:package:externalReference for one that a format has no type for. */
void wb_package_reference_property(const struct wb_property_sink *sink,
                                   const struct wb_external_reference *reference);
/* Without the packages that own it: each format names those in its own way. */
void wb_file_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                        const struct wb_file *file);
void wb_removed_file_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                                const struct wb_removed_file *file);

/* Facts of the image that come in numbered lists: `waybill:image:layer:1:diffID`.
 * (image_properties.c) */
void wb_image_properties(const struct wb_property_sink *sink, const struct wb_bom *bom);
void wb_layer_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                         size_t index);
void wb_database_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                            size_t index);
void wb_trusted_key_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                               size_t index);
/* All of these. */
void wb_whole_image_properties(const struct wb_property_sink *sink, const struct wb_bom *bom);
void wb_distribution_properties(const struct wb_property_sink *sink,
                                const struct wb_distribution *distribution);
/* `Licences of the packages: MIT (3), ISC (1); not stated (2)`; nothing where none is stated, and
 * in what other tools made. What begins so in a document of Waybill follows from its packages. */
#define WB_LICENCES_OF_PACKAGES "Licences of the packages: "
void wb_licences_text(const struct wb_bom *bom, struct wb_buffer *text);
/* What the document covers: file selection and totals. */
void wb_document_properties(const struct wb_property_sink *sink, const struct wb_bom *bom);

/* A sink that appends lines `name=value` to a buffer; further lines of a value are indented by one
 * space. (properties.c) */
struct wb_property_sink wb_property_lines(struct wb_buffer *text);
/* `warning: <message>` and the finding's other fields as property lines. */
void wb_finding_text(const struct wb_finding *finding, struct wb_buffer *text);
/* `NAME-VERSION`, or the name alone; malloc. */
char *wb_tool_text(const struct wb_tool *tool);

#endif
