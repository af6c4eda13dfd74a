//! Values as text.

use super::*;

#[test]
fn every_type_has_its_text() {
    let text = |value: Value<'_>| value.to_string();
    assert_eq!(text(Value::Undefined), "undefined");
    assert_eq!(text((-5).into()), "-5");
    assert_eq!(text(1e300.into()), "1e300");
    assert_eq!(text("a\"\n".into()), r#""a\"\n""#);
    assert_eq!(text(Value::Xml("<a/>".into())), r#"xml("<a/>")"#);
    assert_eq!(text(Value::Date { millis: 1e12 }), "date(1000000000000)");
    assert_eq!(
        text(Object::sealed("P", vec![("x".into(), true.into())]).into()),
        r#""P"{"x":true}"#
    );
    let array = Array {
        named: vec![("k".into(), 1.into())],
        items: vec![2.into(), Value::Null],
    };
    assert_eq!(text(array.into()), r#"{"k":1}[2,null]"#);
    assert_eq!(text(Value::ByteArray(vec![0, 0xFF].into())), "bytes(00ff)");
    let fixed = true;
    assert_eq!(
        text(Value::VectorInt {
            fixed,
            items: vec![-1, 2]
        }),
        "int[-1,2]"
    );
    assert_eq!(
        text(Value::VectorUint {
            fixed,
            items: vec![1]
        }),
        "uint[1]"
    );
    assert_eq!(
        text(Value::VectorDouble {
            fixed,
            items: vec![0.5]
        }),
        "double[0.5]"
    );
    let vector = VectorObject {
        fixed,
        class: "P".into(),
        items: vec![Value::Null],
    };
    assert_eq!(
        text(Value::VectorObject(Box::new(vector))),
        r#"vector<"P">[null]"#
    );
    let entries = vec![(1.into(), "v".into()), ("k".into(), 2.into())];
    assert_eq!(
        text(Value::Dictionary {
            weak_keys: false,
            entries
        }),
        r#"dictionary{1:"v","k":2}"#
    );
    assert_eq!(
        text(Value::Reference {
            to: ComplexType::Date,
            index: 3
        }),
        "ref(3)"
    );
}
