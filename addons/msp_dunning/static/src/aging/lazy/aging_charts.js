import { AgingControlPanel } from "@msp_dunning/aging/aging_control_panel";
import { registry } from "@web/core/registry";
import { graphView } from "@web/views/graph/graph_view";
import { pivotView } from "@web/views/pivot/pivot_view";

registry.category("views").add("msp_aging_pivot", { ...pivotView, ControlPanel: AgingControlPanel });
registry.category("views").add("msp_aging_graph", { ...graphView, ControlPanel: AgingControlPanel });
