/* A picture of a plan's memory: where each value lies, and how long. Values in the memory of others are drawn upon them, lighter. */
#include "cli/memory.h"

#include "cli/draft.h"
#include "cli/kinds.h"
#include "cli/table.h"

#include <string.h>

#define WIDTH 1200.0
#define HEIGHT 600.0
#define LEFT 70.0
#define TOP 40.0
#define LETTER 6.2 /* width of a letter at the size of names */

typedef struct drawing {
    FILE *out;
    cli_state *cli;
    double steps, bytes; /* what the width and the height stand for */
} drawing;

static void draw_place(const drawing *d, const sard_place_info *p, size_t number)
{
    const bool own = strcmp(p->name, p->owner) == 0;
    const double x = LEFT + WIDTH * (double)p->first_step / d->steps;
    const double width = WIDTH * (double)(p->last_step - p->first_step + 1) / d->steps;
    const double height = HEIGHT * (double)p->bytes / d->bytes, y = TOP + HEIGHT - HEIGHT * (double)p->offset / d->bytes - height;
    fprintf(d->out, "<g data-place=\"%zu\"><title>", number);
    cli_put_markup(d->out, p->name, SIZE_MAX);
    fprintf(d->out, " (");
    cli_put_markup(d->out, p->op, SIZE_MAX);
    fprintf(d->out, "), steps %zu to %zu, %s at %llu%s</title>", p->first_step, p->last_step, cli_human(d->cli, (double)p->bytes, "B"),
            (unsigned long long)p->offset, own ? "" : ", in the memory of another");
    fprintf(d->out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" fill-opacity=\"%s\"/>", x, y, width, height,
            cli_kinds[cli_kind_of(p->op)].colour, own ? ".75" : ".3");
    const size_t room = (size_t)(width / LETTER);
    if (height >= 11 && room >= 4) {
        fprintf(d->out, "<text x=\"%.1f\" y=\"%.1f\">", x + 2, y + 10);
        cli_put_markup(d->out, p->name, room);
        fprintf(d->out, "</text>");
    }
    fprintf(d->out, "</g>\n");
}

static void draw_axes(const drawing *d, const sard_memory *memory)
{
    fprintf(d->out, "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" fill=\"none\" stroke=\"#888\"/>\n", LEFT, TOP, WIDTH, HEIGHT);
    for (int i = 0; i <= 4; i++)
        fprintf(d->out, "<text x=\"%g\" y=\"%g\" text-anchor=\"end\">%s</text>\n<text x=\"%g\" y=\"%g\">%.0f</text>\n", LEFT - 4,
                TOP + HEIGHT - HEIGHT * i / 4 + 4, cli_human(d->cli, (double)memory->arena * i / 4, "B"), LEFT + WIDTH * i / 4,
                TOP + HEIGHT + 14, d->steps * i / 4);
    fprintf(d->out, "<text x=\"%g\" y=\"%g\">steps</text>\n", LEFT + WIDTH / 2 + 40, TOP + HEIGHT + 14);
    for (size_t i = 0; cli_kinds[i].name; i++)
        fprintf(d->out, "<rect x=\"%g\" y=\"12\" width=\"12\" height=\"12\" fill=\"%s\"/><text x=\"%g\" y=\"22\">%s</text>\n",
                LEFT + 120 * (double)i, cli_kinds[i].colour, LEFT + 120 * (double)i + 16, cli_kinds[i].name);
}

static void draw(FILE *out, cli_state *cli, const sard_session *session)
{
    sard_memory memory = {.struct_size = sizeof memory};
    sard_session_memory(session, &memory);
    const size_t steps = sard_session_step_count(session);
    const drawing d = {out, cli, steps ? (double)steps : 1, memory.arena ? (double)memory.arena : 1};
    fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" font-size=\"11\">\n",
            LEFT + WIDTH + 20, TOP + HEIGHT + 30);
    fprintf(out, "<rect class=\"paper\" width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n");
    sard_place_info place = {.struct_size = sizeof place};
    for (int own = 1; own >= 0; own--)
        for (size_t i = 0; sard_session_place(session, i, &place); i++)
            if ((strcmp(place.name, place.owner) == 0) == own)
                draw_place(&d, &place, i);
    draw_axes(&d, &memory);
    fprintf(out, "</svg>\n");
}

sard_status cli_draw_memory(cli_state *cli, const sard_session *session, cli_file *out)
{
    cli_draft draft;
    const sard_status status = cli_draft_open(cli, &draft);
    if (status)
        return status;
    draw(draft.out, cli, session);
    return cli_draft_close(cli, &draft, out);
}
