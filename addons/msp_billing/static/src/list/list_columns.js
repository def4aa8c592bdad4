import { patch } from "@web/core/utils/patch";
import { ListRenderer } from "@web/views/list/list_renderer";

/** Columns marked so wait behind the column button of a phone: what matters most stands there without scrolling. */
const WIDE = "o_msp_wide";
/** Text that holds figures: right-aligned, its heading too. */
const FIGURE = "o_msp_figure_text";
const NUMERIC = ["float", "integer", "monetary"];

const isMarked = (classes, mark) => (classes || "").split(" ").includes(mark);

patch(ListRenderer.prototype, {
    processAllColumn() {
        const columns = super.processAllColumn(...arguments);
        return this.env.isSmall ? columns.flatMap((column) => this.mspPhoneColumns(column)) : columns;
    },

    /** Buttons of a row stand in its form too; texts give way to figures, whose widths stay. */
    mspPhoneColumns(column) {
        if (column.type === "button_group") {
            const buttons = column.buttons.filter((button) => !isMarked(button.className, WIDE));
            return buttons.length ? [{ ...column, buttons }] : [];
        }
        if (column.type !== "field") {
            return [column];
        }
        const attrs = { ...column.attrs };
        if (!NUMERIC.includes(column.fieldType) && !isMarked(attrs.class, FIGURE)) {
            delete attrs.width;
        }
        return [{ ...column, attrs, optional: isMarked(attrs.class, WIDE) ? "hide" : column.optional }];
    },

    getColumnClass(column) {
        const classes = super.getColumnClass(...arguments);
        return isMarked(column.attrs?.class, FIGURE) ? `${classes} o_list_number_th` : classes;
    },
});
