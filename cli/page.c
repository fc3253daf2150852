/* The page: its data, put into a template whose {{words}} are replaced; what stands in for them is not searched again. */
#include "cli/page.h"

#include "cli/draft.h"
#include "cli/graph_json.h"
#include "cli/input.h"
#include "cli/kinds.h"
#include "cli/load.h"

#include <stdlib.h>
#include <string.h>

/* The files of cli/page/, put into the program when it is built. */
extern const char cli_page_html[], cli_page_css[], cli_page_js[];

/* A plan for the graph as it is in the file, which knows its shapes and multiply-adds; NULL where there is none. The reference packs no
 * weights. */
static const sard_session *plan_file(cli_options *options, sard_model *file)
{
    const sard_session_options session_options = {.struct_size = sizeof session_options, .backends = "reference"};
    sard_session *session;
    cli_sizes sizes;
    cli_inputs inputs;
    const bool failed = cli_sizes_init(options, file, &sizes) || cli_read_inputs(&sizes, &(cli_words){0}, &inputs) ||
                        cli_shape_inputs(&sizes, &inputs) || cli_open_session(options, file, &session_options, &session) ||
                        cli_plan_session(options, session, &inputs);
    return failed ? NULL : session;
}

/* The model's name for people: that of its file, without folders and ending. */
static const char *title_of(cli_state *cli, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    return strcmp(path, "-") == 0 ? "stdin" : dot > name ? cli_format(cli, "%.*s", (int)(dot - name), name) : name;
}

/* "-O2 --without absorb_pad": what was chosen, as options say it. */
static const char *chosen_passes(const cli_options *o)
{
    const char *text = cli_format(o->cli, "-O%d", (int)(o->level ? o->level : SARD_O2) - SARD_O0);
    if (o->passes)
        text = cli_format(o->cli, "--passes %s", o->passes);
    if (o->without)
        text = cli_format(o->cli, "%s --without %s", text, o->without);
    return o->stop_after ? cli_format(o->cli, "%s --stop-after %lld", text, (long long)o->stop_after) : text;
}

/* Without times: they would make a page that differs each time. */
static void add_passes(cJSON *json, const cli_explain *explain)
{
    cJSON *pass;
    cli_json_explain(explain, json);
    cJSON_DeleteItemFromObject(json, "edits");
    cJSON_ArrayForEach(pass, cJSON_GetObjectItem(json, "passes")) cJSON_DeleteItemFromObject(pass, "ms");
}

static void add_data(cli_options *options, const cli_page *page)
{
    cli_state *cli = options->cli;
    cJSON *json = page->facts, *graphs = cli_json_array(json, "graphs"), *kinds = cli_json_array(json, "kinds");
    cli_json_text(json, "title", title_of(cli, options->model));
    cli_json_text(json, "shapes", page->shapes);
    cli_json_text(json, "why", page->why);
    cli_json_text(json, "chosen", chosen_passes(options));
    add_passes(json, page->passes);
    for (size_t k = 0; cli_kinds[k].name; k++) {
        cJSON *kind = cli_json_object(kinds);
        cli_json_text(kind, "name", cli_kinds[k].name);
        cli_json_text(kind, "colour", cli_kinds[k].colour);
    }
    cli_json_graph(cli, graphs, sard_model_graph(page->before), plan_file(options, page->before));
    cli_json_graph(cli, graphs, sard_model_graph(page->after), page->session);
}

/* What stands in the template's words. */
typedef struct words {
    const char *title, *data;
    const cli_file *memory;
} words;

static bool is_word(const char *at, const char *word) { return strncmp(at, word, strlen(word)) == 0; }

static void put_word(FILE *out, const words *w, const char *at)
{
    if (is_word(at, "{{title}}"))
        cli_put_markup(out, w->title, SIZE_MAX);
    else if (is_word(at, "{{style}}"))
        fputs(cli_page_css, out);
    else if (is_word(at, "{{script}}"))
        fputs(cli_page_js, out);
    else if (is_word(at, "{{data}}"))
        cli_put_json(out, w->data);
    else if (is_word(at, "{{memory}}") && w->memory)
        fwrite(w->memory->bytes, 1, w->memory->size, out);
}

static void put_page(FILE *out, const words *w)
{
    const char *from = cli_page_html;
    for (const char *at; (at = strstr(from, "{{")); from = strstr(at, "}}") + 2) {
        fwrite(from, 1, (size_t)(at - from), out);
        put_word(out, w, at);
    }
    fputs(from, out);
}

sard_status cli_draw_page(cli_options *options, const cli_page *page, cli_file *out)
{
    cli_state *cli = options->cli;
    add_data(options, page);
    cli_draft draft;
    char *text = cJSON_PrintUnformatted(page->facts);
    const sard_status status = text ? cli_draft_open(cli, &draft) : sard_fail(&cli->error, SARD_NOMEM, "out of memory");
    if (!status)
        put_page(draft.out, &(words){title_of(cli, options->model), text, page->memory});
    free(text);
    return status ? status : cli_draft_close(cli, &draft, out);
}
