"""Every panel of the window, by the name it has in layouts."""

from __future__ import annotations

from terminal.ui.registry import PanelSpec, lazily

PANELS: tuple[PanelSpec, ...] = (
    PanelSpec(name="watchlist", title="Watchlist", factory=lazily("terminal.ui.watchlist.widget", "WatchlistPanel")),
    PanelSpec(
        name="chart", title="Chart", factory=lazily("terminal.ui.kline_chart.widget", "ChartPanel"), may_repeat=True
    ),
    PanelSpec(
        name="ladder", title="Ladder", factory=lazily("terminal.ui.depth_ladder.widget", "DepthLadder"), may_repeat=True
    ),
    PanelSpec(name="depth_curve", title="Depth curve", factory=lazily("terminal.ui.depth_curve.widget", "DepthCurve")),
    PanelSpec(
        name="trades", title="Trades", factory=lazily("terminal.ui.trades_tape.widget", "TradesTape"), may_repeat=True
    ),
    PanelSpec(name="orders", title="Orders", factory=lazily("terminal.ui.orders.widget", "OrdersPanel")),
    PanelSpec(name="history", title="History", factory=lazily("terminal.ui.orders.widget", "HistoryPanel")),
    PanelSpec(name="fills", title="Fills", factory=lazily("terminal.ui.orders.widget", "FillsPanel")),
    PanelSpec(name="transfers", title="Transfers", factory=lazily("terminal.ui.transfers.widget", "TransfersPanel")),
    PanelSpec(name="balances", title="Balances", factory=lazily("terminal.ui.balances.widget", "BalancesPanel")),
    PanelSpec(name="ticket", title="Order ticket", factory=lazily("terminal.ui.order_ticket.widget", "TicketPanel")),
    PanelSpec(name="log", title="Log", factory=lazily("terminal.ui.log_panel.widget", "LogPanel")),
)
