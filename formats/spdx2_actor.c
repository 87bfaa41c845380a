/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.3: what its fields call makers, source packages and purposes. */
#include "formats/spdx2.h"

#include <stdlib.h>
#include <string.h>

static const char person[] = "Person: ", organization[] = "Organization: ";

/* An empty address keeps parentheses of the name from being read as one; line ends and the like
 * have no place in it. */
char *wb_spdx2_actor_text(const struct wb_actor *actor)
{
    if (actor->name == NULL)
        return NULL;
    struct wb_buffer text = {0};
    wb_buffer_append_text(&text, actor->is_person ? person : organization);
    size_t prefix = text.size;
    for (const char *at = actor->name; *at != '\0'; at++)
        if ((unsigned char)*at > ' ')
            wb_buffer_append(&text, at, 1);
        else if (text.size > prefix && text.data[text.size - 1] != ' ')
            wb_buffer_append_text(&text, " ");
    if (text.size > prefix && text.data[text.size - 1] == ' ')
        text.data[--text.size] = '\0';
    bool blank = text.size == prefix;
    if (actor->email != NULL)
        wb_buffer_append_format(&text, " (%s)", actor->email);
    else if (strpbrk(actor->name, "()") != NULL)
        wb_buffer_append_text(&text, " ()");
    char *stolen = wb_buffer_steal_text(&text);
    if (blank) {
        free(stolen);
        return NULL;
    }
    return stolen;
}

struct wb_actor wb_spdx2_actor_read(struct wb_arena *arena, const char *text)
{
    struct wb_actor actor = {0};
    if (text == NULL)
        return actor;
    actor.is_person = wb_text_starts_with(text, person);
    if (!actor.is_person && !wb_text_starts_with(text, organization))
        return actor;
    const char *name = text + strlen(actor.is_person ? person : organization);
    name += strspn(name, " ");
    size_t size = strlen(name);
    const char *open = strrchr(name, '(');
    if (open != NULL && open > name && name[size - 1] == ')') {
        const char *email =
            wb_arena_copy_bytes(arena, open + 1, size - (size_t)(open + 1 - name) - 1);
        if (wb_field_is_email(email))
            actor.email = email;
        if (actor.email != NULL || *email == '\0')
            size = (size_t)(open - name);
    }
    while (size > 0 && name[size - 1] == ' ')
        size--;
    if (size > 0)
        actor.name = wb_arena_copy_bytes(arena, name, size);
    return actor;
}

struct wb_actor wb_spdx2_party(const struct wb_party *party)
{
    struct wb_actor actor = {.name = party->name, .is_person = party->is_person};
    if (wb_field_is_email(party->email))
        actor.email = party->email;
    if (actor.name == NULL)
        actor.name = party->url != NULL ? party->url : actor.email;
    return actor;
}

/* ---- source packages ---- */

/* In the words of trivy's documents, which it reads them back from. */
void wb_spdx2_source_text(const struct wb_package *package, struct wb_buffer *text)
{
    if (package->source_name == NULL)
        return;
    wb_buffer_append_format(text, "built package from: %s", package->source_name);
    if (package->source_version != NULL)
        wb_buffer_append_format(text, " %s", package->source_version);
}

bool wb_spdx2_source_read(struct wb_arena *arena, struct wb_package *package, const char *text)
{
    static const char *const prefixes[] = {"built from source package ", "built package from: "};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (!wb_text_starts_with(text, prefixes[i]))
            continue;
        if (package->source_name != NULL)
            return true;
        const char *name = text + strlen(prefixes[i]);
        size_t size = strcspn(name, " ");
        package->source_name = wb_arena_copy_bytes(arena, name, size);
        const char *version = name + size + strspn(name + size, " ");
        size = strcspn(version, " ");
        if (size > 0 && *version != '(')
            package->source_version = wb_arena_copy_bytes(arena, version, size);
        return true;
    }
    return false;
}

/* ---- purposes ---- */

/* Purposes are component types in capitals, with `_`; one that SPDX has not is OTHER, and the type
 * becomes a property. */
static const char *const purposes[] = {"APPLICATION",      "FRAMEWORK", "LIBRARY",  "CONTAINER",
                                       "OPERATING_SYSTEM", "DEVICE",    "FIRMWARE", "SOURCE",
                                       "ARCHIVE",          "FILE",      "INSTALL",  "OTHER"};

static bool same_word(const char *purpose, const char *type)
{
    for (; *purpose != '\0'; purpose++, type++) {
        char c = *type == '-' ? '_' : *type;
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (c != *purpose)
            return false;
    }
    return *type == '\0';
}

const char *wb_spdx2_purpose_of(const struct wb_package *package)
{
    const char *type = package->component_type;
    if (type == NULL)
        return package->kind == WB_PACKAGE_OTHER ? NULL : "INSTALL";
    for (size_t i = 0; i < sizeof purposes / sizeof purposes[0]; i++)
        if (same_word(purposes[i], type))
            return purposes[i];
    return "OTHER";
}

const char *wb_spdx2_component_type(const char *purpose)
{
    static const char *const types[] = {"application",      "framework", "library",  "container",
                                        "operating-system", "device",    "firmware", "source",
                                        "archive",          "file",      "install",  "other"};
    for (size_t i = 0; i < sizeof purposes / sizeof purposes[0]; i++)
        if (same_word(purposes[i], purpose))
            return types[i];
    return NULL;
}
