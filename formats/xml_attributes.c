/* SPDX-License-Identifier: Apache-2.0 */
/* How many attributes the elements of an XML text have, before a parser compares them all. */
#include "formats/cyclonedx.h"

#include <string.h>

/* Where the markup that begins at `at` ends, with what it ends with; the end of the text without.
 */
static size_t markup_end(struct wb_bytes text, size_t at, const char *end)
{
    const uint8_t *found = memmem(text.data + at, text.size - at, end, strlen(end));
    return found == NULL ? text.size : (size_t)(found - text.data) + strlen(end);
}

/* Behind the tag that begins at `at`; counts what could be attributes. */
static size_t tag_end(struct wb_bytes text, size_t at, size_t *attributes)
{
    *attributes = 0;
    while (at < text.size && text.data[at] != '>') {
        uint8_t byte = text.data[at++];
        if (byte == '=')
            (*attributes)++;
        if (byte != '"' && byte != '\'')
            continue;
        const uint8_t *quote = memchr(text.data + at, byte, text.size - at);
        at = quote == NULL ? text.size : (size_t)(quote - text.data) + 1;
    }
    return at;
}

bool wb_xml_attributes_within(struct wb_bytes text, size_t limit)
{
    const uint8_t *found;
    size_t at = 0, attributes;
    while ((found = memchr(text.data + at, '<', text.size - at)) != NULL) {
        at = (size_t)(found - text.data);
        size_t left = text.size - at;
        if (left > 4 && memcmp(found, "<!--", 4) == 0) {
            at = markup_end(text, at + 4, "-->");
        } else if (left > 9 && memcmp(found, "<![CDATA[", 9) == 0) {
            at = markup_end(text, at + 9, "]]>");
        } else if (left > 2 && memcmp(found, "<?", 2) == 0) {
            at = markup_end(text, at + 2, "?>");
        } else {
            at = tag_end(text, at, &attributes);
            if (attributes > limit)
                return false;
        }
    }
    return true;
}
