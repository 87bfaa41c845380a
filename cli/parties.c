/* SPDX-License-Identifier: Apache-2.0 */
/* The parties of a document, from the command line. */
#include "cli/parties.h"

#include <stdlib.h>
#include <string.h>

static bool is_address(const char *text)
{
    return strstr(text, "://") != NULL;
}

static bool is_mail(const char *text)
{
    const char *at = strchr(text, '@');
    return at != NULL && at != text && at[1] != '\0' && strpbrk(text, " \t<>()") == NULL;
}

static bool set_contact(struct wb_party *party, const char *text)
{
    if (is_address(text) && strpbrk(text, " \t") == NULL)
        party->url = text;
    else if (is_mail(text))
        party->email = text;
    else
        return false;
    return true;
}

/* Cuts `<MAIL|URL>` off a name. */
static bool cut_contact(char *name, const char *option, const char *text, struct wb_party *party,
                        struct wb_error *err)
{
    char *open = strrchr(name, '<');
    size_t size = strlen(name);
    if (open == NULL || name[size - 1] != '>')
        return true;
    name[size - 1] = '\0';
    if (!set_contact(party, open + 1))
        return wb_error_set(err, WB_USAGE,
                            "--%s %s: in angle brackets stands an e-mail address or a URL", option,
                            text);
    while (open > name && open[-1] == ' ')
        open--;
    *open = '\0';
    return true;
}

static bool read_party(const char *option, const char *text, struct wb_party *party, char **name,
                       struct wb_error *err)
{
    static const char person[] = "person:";
    if (text == NULL)
        return true;
    if (!wb_utf8_valid(text, strlen(text)))
        return wb_error_set(err, WB_USAGE, "--%s: it is not UTF-8", option);
    party->is_person = wb_text_starts_with(text, person);
    *name = wb_string_copy(text + (party->is_person ? strlen(person) : 0));
    party->name = *name;
    if (!set_contact(party, *name) && !cut_contact(*name, option, text, party, err))
        return false;
    return **name != '\0' ||
           wb_error_set(err, WB_USAGE, "--%s %s: the name is missing", option, text);
}

bool wb_parties_read(struct wb_parties *parties, struct wb_error *err)
{
    return read_party("creator", parties->creator_text, &parties->creator, &parties->names[0],
                      err) &&
           read_party("supplier", parties->supplier_text, &parties->supplier, &parties->names[1],
                      err);
}

void wb_parties_clear(struct wb_parties *parties)
{
    free(parties->creator_text);
    free(parties->supplier_text);
    free(parties->names[0]);
    free(parties->names[1]);
    *parties = (struct wb_parties){0};
}
