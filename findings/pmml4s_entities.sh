#!/bin/sh
# pypmml 1.5.8 (PMML4S): a Constant of text with &lt; or &amp; in it equals nothing. One would guess that it is the text that
# the XML stands for, as it is in attributes. Needs Java.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pypmml==1.5.8
cd "$folder"
venv/bin/python - <<'PYTHON'
from xml.sax.saxutils import escape

from pypmml import Model

DOCUMENT = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary><DataField name="x" optype="categorical" dataType="string"/>
<DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<RegressionModel functionName="regression">
<MiningSchema><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
<LocalTransformations><DerivedField name="same" optype="continuous" dataType="double"><Apply function="if">
<Apply function="equal"><FieldRef field="x"/><Constant dataType="string">{text}</Constant></Apply>
<Constant dataType="double">1</Constant><Constant dataType="double">0</Constant></Apply></DerivedField>
</LocalTransformations>
<RegressionTable intercept="0"><NumericPredictor name="same" coefficient="1"/></RegressionTable>
</RegressionModel></PMML>"""

seen = {}
for text in ("plain", "it's", "<b>", "a & b"):
    model = Model.fromString(DOCUMENT.format(text=escape(text)))
    seen[text] = model.predict({"x": text})["predicted_y"]
    print(f"is {text!r} the same as {text!r}?", seen[text])
assert seen == {"plain": 1.0, "it's": 1.0, "<b>": 0.0, "a & b": 0.0}, "it is otherwise now"
PYTHON
