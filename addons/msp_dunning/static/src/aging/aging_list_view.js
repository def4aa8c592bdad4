import { registry } from "@web/core/registry";
import { listView } from "@web/views/list/list_view";
import { AgingControlPanel } from "./aging_control_panel";

registry.category("views").add("msp_aging_list", { ...listView, ControlPanel: AgingControlPanel });
