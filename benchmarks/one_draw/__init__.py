"""Why a figure's published g lies to one side of ours: what of its one draw decides that."""
