/* SPDX-License-Identifier: Apache-2.0 */
/* Inside CycloneDX: one writer and one reader for both serialisations.
 *
 * Everything is said in the members of the JSON serialisation. A table of shapes tells how each
 * stands in XML: as attribute, text, element, or list of elements. The writer turns members into
 * either serialisation by it, and the XML reader turns elements into the tree of the JSON text. */
#ifndef WAYBILL_CYCLONEDX_H
#define WAYBILL_CYCLONEDX_H

#include "formats/formats_private.h"

#define WB_CYCLONEDX_IMAGE "image"
#define WB_CYCLONEDX_SYSTEM "operating-system"
#define WB_CYCLONEDX_DEFAULT_MINOR 6
#define WB_CYCLONEDX_NAMESPACE "http://cyclonedx.org/schema/bom/"

/* ---- shapes (cyclonedx_shape.c) ----------------------------------------------------------------
 */

struct wb_cyclonedx_shape;

enum wb_cyclonedx_form {
    WB_CYCLONEDX_ONE,        /* key: value, <element>value</element> */
    WB_CYCLONEDX_LIST,       /* key: [...], <element><item/>...</element> */
    WB_CYCLONEDX_REPEATED,   /* key: [...], <item/>... without an element around them */
    WB_CYCLONEDX_IN_ELEMENT, /* key: [...], <element> holds what each item's one member says */
};

/* A member whose value stands in an element of its own. */
struct wb_cyclonedx_child {
    const char *key;
    enum wb_cyclonedx_form form;
    const char *item; /* of LIST and REPEATED */
    bool reference;   /* the items are texts and stand in the attribute `ref` */
    const struct wb_cyclonedx_shape *shape; /* of the value or each item; NULL: text */
};

/* A member that stands in an attribute. */
struct wb_cyclonedx_attribute {
    const char *key;
    const char *name; /* NULL: as the key */
};

/* An object. */
struct wb_cyclonedx_shape {
    const struct wb_cyclonedx_attribute *attributes; /* up to a NULL key */
    const struct wb_cyclonedx_child *children;       /* up to a NULL key */
    const char *text;                                /* the member that is the element's own text */
    bool opaque;                                     /* nothing inside is looked at */
};

extern const struct wb_cyclonedx_shape wb_cyclonedx_document_shape;
/* NULL: none. A key may have an object in one version, a list in another. */
const struct wb_cyclonedx_child *wb_cyclonedx_child_of(const struct wb_cyclonedx_shape *shape,
                                                       const char *key, bool list);
/* By the name of the element, or of the item of a list that has no element around it. */
const struct wb_cyclonedx_child *
wb_cyclonedx_child_by_element(const struct wb_cyclonedx_shape *shape, const char *element);
const char *wb_cyclonedx_attribute_name(const struct wb_cyclonedx_shape *shape, const char *key);
const char *wb_cyclonedx_attribute_key(const struct wb_cyclonedx_shape *shape, const char *name);

/* ---- writing (cyclonedx_output.c) --------------------------------------------------------------
 */

#define WB_CYCLONEDX_DEPTH_MAX 32

struct wb_cyclonedx_frame {
    const struct wb_cyclonedx_shape *shape;
    const struct wb_cyclonedx_child *list; /* inside a list: its child */
    bool element;                          /* an element was begun */
};

struct wb_cyclonedx {
    const struct wb_bom *bom;
    int minor;                   /* of the version: 1.minor */
    struct wb_json_writer *json; /* one of the two */
    struct wb_xml_writer *xml;
    struct wb_cyclonedx_frame frames[WB_CYCLONEDX_DEPTH_MAX];
    size_t depth;
};

/* An object: the member `key`, or with NULL an item of the list begun last. Members that XML has as
 * attributes come first, the others in the order of the XML schema. */
void wb_cyclonedx_begin(struct wb_cyclonedx *out, const char *key);
void wb_cyclonedx_end(struct wb_cyclonedx *out);
void wb_cyclonedx_begin_list(struct wb_cyclonedx *out, const char *key);
void wb_cyclonedx_end_list(struct wb_cyclonedx *out);
/* Nothing when value is NULL or empty. */
void wb_cyclonedx_member(struct wb_cyclonedx *out, const char *key, const char *value);
/* Also when it is empty. */
void wb_cyclonedx_required(struct wb_cyclonedx *out, const char *key, const char *value);
/* A text in a list. */
void wb_cyclonedx_item(struct wb_cyclonedx *out, const char *value);
/* `"licenses"` with one expression; nothing when it is NULL or empty. */
void wb_cyclonedx_licence(struct wb_cyclonedx *out, const char *expression,
                          const char *acknowledgement);
struct wb_property_sink wb_cyclonedx_property_sink(struct wb_cyclonedx *out);
/* An organisation; nothing without a name. A person is an organisation whose contact has its name:
 * CycloneDX knows no other suppliers. */
void wb_cyclonedx_actor(struct wb_cyclonedx *out, const char *key, const struct wb_actor *actor,
                        const char *url);
/* A list of one person. */
void wb_cyclonedx_contact(struct wb_cyclonedx *out, const char *key, const struct wb_actor *actor);

/* ---- components (cyclonedx_components.c, cyclonedx_packages.c, cyclonedx_files.c) ---------------
 */

void wb_cyclonedx_image(struct wb_cyclonedx *out);
/* Who supplies the image: as stated, else as its labels say. */
void wb_cyclonedx_supplier(struct wb_cyclonedx *out);
void wb_cyclonedx_components(struct wb_cyclonedx *out);
void wb_cyclonedx_packages(struct wb_cyclonedx *out);
void wb_cyclonedx_files(struct wb_cyclonedx *out);
void wb_cyclonedx_version(struct wb_cyclonedx *out, const char *version);
#define WB_CYCLONEDX_VERSION_SIZE_MAX 1024 /* the schema's limit */
void wb_cyclonedx_hash(struct wb_cyclonedx *out, enum wb_digest_algorithm algorithm,
                       const char *hex);
struct wb_cyclonedx_link {
    const char *type;
    const char *url;
    const char *comment;
    const struct wb_package *file_of; /* whose checksums the link has as its own; NULL */
};
/* `"hashes"` of the package's file, if any. (cyclonedx_packages.c) */
void wb_cyclonedx_checksums(struct wb_cyclonedx *out, const struct wb_package *package);
/* `"externalReferences"` with those of the links that the schema takes. */
void wb_cyclonedx_links(struct wb_cyclonedx *out, const struct wb_cyclonedx_link *links,
                        size_t count);
/* What grype and trivy read source packages and layers from; nothing where the document that was
 * read brought properties of these names. (scanner_properties.c) */
void wb_scanner_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                           const struct wb_package *package);
/* Whether a property of a document that is read is one of these and only says again what Waybill's
 * own, which stand in front of it, have said. */
bool wb_scanner_property_is_known(const struct wb_package *package, const char *name);
/* BSI's filename, executable, archive (by the name's ending) and structured of a file. */
void wb_file_deployable_properties(const struct wb_property_sink *sink, const struct wb_file *file);
/* True for one of these with the value that follows from path and mode. */
bool wb_file_deployable_property_read(const struct wb_file *file, const char *name,
                                      const char *value);
/* Whether the version knows the type, and the address is one. */
bool wb_cyclonedx_takes_link(int minor, const struct wb_cyclonedx_link *link);

/* ---- reading (cyclonedx_read.c and beside it) ---------------------------------------------------
 * Both serialisations become the tree of the JSON one, within bounds; what the tree says is taken
 * into the model here. */

/* What a bom-ref names. */
struct wb_cyclonedx_target;

/* A reference that stands in a component and may name one further on. */
struct wb_cyclonedx_pending {
    const char *ref;            /* of the tree */
    struct wb_package *from;    /* needs the package that `ref` names; or */
    struct wb_file *file;       /* belongs to it */
    enum wb_relation_kind kind; /* in which way it needs it */
};

struct wb_cyclonedx_reading {
    struct wb_bom *bom;
    struct wb_cyclonedx_target *targets; /* by bom-ref */
    struct wb_cyclonedx_licence_id *licence_ids;
    struct wb_cyclonedx_edge *pre_depends; /* among the edges of `dependencies` */
    struct wb_cyclonedx_pending *pending;
    size_t pending_count, pending_capacity;
    bool ours;              /* waybill's own document: what follows from other members is no loss */
    bool has_system;        /* the operating system was read */
    struct wb_arena *arena; /* for the time of reading */
};

/* Whether no element has more attributes than that. libxml2 compares each with all others of its
 * element. What is no well-formed XML is not found out. (xml_attributes.c) */
bool wb_xml_attributes_within(struct wb_bytes text, size_t limit);
/* The tree of the JSON serialisation, made of XML: texts, and `true` for what is passed over. NULL
 * on error; json_decref it. `with_lines`: with those of WB_TREE_LINES. (cyclonedx_xml_read.c) */
json_t *wb_cyclonedx_xml_tree(struct wb_bytes document, bool with_lines, struct wb_error *err);
/* The tree's strings are changed where XML could not hold them. */
bool wb_cyclonedx_read_tree(json_t *document, struct wb_bom *bom, struct wb_error *err);

/* Behind white space and a byte order mark. (cyclonedx_json_read.c) */
struct wb_bytes wb_cyclonedx_skip_space(struct wb_bytes document);

/* Whether a property of ours says nothing; only labels and annotations may be empty. */
bool wb_cyclonedx_says_nothing(const char *name, const char *value);
/* A member's text, in the document's arena; NULL when it is absent, empty or no text. */
const char *wb_cyclonedx_text(struct wb_cyclonedx_reading *reading, const json_t *object,
                              const char *key);
/* Counts the members of an object that are not in `kept` (up to a NULL): each item of a list.
 * (cyclonedx_loss.c) */
void wb_cyclonedx_lose_others(struct wb_cyclonedx_reading *reading, const char *path,
                              const json_t *object, const char *const *kept);
/* `path/key`, or `path/key/...` for each item of a list. */
void wb_cyclonedx_lose(struct wb_cyclonedx_reading *reading, const char *path, const char *key,
                       const json_t *value);

/* The image, `metadata/component`. (cyclonedx_read_image.c) */
void wb_cyclonedx_read_image(struct wb_cyclonedx_reading *reading, const json_t *component);
/* Of the image; `object` may be NULL. */
void wb_cyclonedx_read_supplier(struct wb_cyclonedx_reading *reading, const char *path,
                                const json_t *object);
/* (cyclonedx_read_system.c) */
void wb_cyclonedx_read_system(struct wb_cyclonedx_reading *reading, const json_t *component);
/* An organisation or, by its contact of the same name, a person. (cyclonedx_read_image.c) */
struct wb_party wb_cyclonedx_read_party(struct wb_cyclonedx_reading *reading, const char *path,
                                        const json_t *object);
struct wb_party wb_cyclonedx_read_person(struct wb_cyclonedx_reading *reading, const char *path,
                                         const json_t *object);
/* A list of components and those inside them. (cyclonedx_read_components.c) */
void wb_cyclonedx_read_components(struct wb_cyclonedx_reading *reading, const json_t *list);
/* (cyclonedx_read_licences.c) */
void wb_cyclonedx_read_licences(struct wb_cyclonedx_reading *reading, struct wb_package *package,
                                const json_t *list);
void wb_cyclonedx_forget_licences(struct wb_cyclonedx_reading *reading);

enum wb_cyclonedx_target_kind {
    WB_CYCLONEDX_TARGET_NONE,
    WB_CYCLONEDX_TARGET_IMAGE,
    WB_CYCLONEDX_TARGET_SYSTEM,
    WB_CYCLONEDX_TARGET_PACKAGE,
    WB_CYCLONEDX_TARGET_FILE,
};
/* Remembers what the component's bom-ref names. (cyclonedx_read_graph.c) */
void wb_cyclonedx_name(struct wb_cyclonedx_reading *reading, const json_t *component,
                       enum wb_cyclonedx_target_kind kind, struct wb_package *package);
/* `dependencies` and what is pending. */
void wb_cyclonedx_read_graph(struct wb_cyclonedx_reading *reading, const json_t *dependencies);
void wb_cyclonedx_forget_names(struct wb_cyclonedx_reading *reading);

#endif
